"""The words of a notice before a municipality writes its own; placeholders stand in braces and come from a closed list."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NoticeText:
    """The parts of a notice that staff may edit. Lists have one item a line. `{public_url}` is the address of the booking pages."""

    sender: str
    section: str
    title: str
    lead: str
    steps: str
    steps_by_staff: str
    bring: str
    notes: str
    contact: str
    deadline_days: int


def first_text(municipality: str) -> NoticeText:
    """Return the text that a municipality starts with; `municipality` is its name."""
    return NoticeText(
        sender=municipality,
        section="マイナンバーカード担当",
        title="マイナンバーカード交付のご案内",
        lead=(
            "申請されたマイナンバーカードの用意ができました。お受け取りは予約制です。"
            "下の番号で予約のうえ、受取期限までに交付場所へお越しください。"
        ),
        steps=(
            "スマートフォンで右の二次元コードを読み取るか、パソコンで {public_url} を開きます。\n"
            "予約用ID、予約コード、生まれた月日の4けた(9月8日なら 0908)を入力し、場所と日時を選びます。\n"
            "予約した日時に交付場所へお越しください。カードは、ご本人であることを確かめてからお渡しします。"
        ),
        steps_by_staff=(
            "この案内をお手元に置いて、下のお問い合わせ先へお電話ください。職員が予約をお取りします。\n"
            "予約した日時に交付場所へお越しください。カードは、ご本人であることを確かめてからお渡しします。"
        ),
        bring=(
            "この案内と、交付通知書(はがき)\n"
            "本人確認書類: 運転免許証や旅券など顔写真のあるもの1点。ないときは資格確認書や年金手帳など2点\n"
            "通知カード、住民基本台帳カード、今お持ちのマイナンバーカード(ある方だけ)"
        ),
        notes=(
            "予約コードは、ほかの人に教えないでください。職員が電話でお尋ねすることはありません。\n"
            "15歳未満の方と成年被後見人の方は、法定代理人とご一緒にお越しください。"
            "ご本人が来られない事情のあるときは、先にお電話ください。"
        ),
        contact="",
        deadline_days=60,
    )
