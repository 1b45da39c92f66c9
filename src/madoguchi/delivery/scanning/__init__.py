"""The scanning desk: any code of ours opens the right record, with the one next step."""
