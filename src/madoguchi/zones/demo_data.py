"""What the demo municipality is furnished with: accounts, places, hours, and a list of invented people's cards on their way.

Everything goes through the same services as in a real town, so that history and operation log are those of real work.
"""

import argparse
import datetime as dt
import json
import os
import secrets
from decimal import Decimal
from pathlib import Path

from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.verbs import Outcome, Progress
from madoguchi.zones.configuration import data_folder
from madoguchi.zones.demo_words import WORDS

PLACES = (
    ("main", "市民窓口センター", "藤沢市朝日町1番地の1", "藤沢駅北口から歩いて5分"),
    ("shonandai", "湘南台市民センター", "藤沢市湘南台1丁目8番地", "湘南台駅西口から歩いて3分"),
    ("tsujido", "辻堂市民センター", "藤沢市辻堂西海岸2丁目1番17号", "辻堂駅南口からバスで5分"),
)
TELEPHONE = "0466-00-0000"
TELEPHONE_HOURS = "平日 8時30分から17時まで"
STAFF = (
    ("clerk", "窓口 はな", "clerk"),
    ("clerk2", "窓口 たろう", "clerk"),
    ("chief", "責任 みどり", "chief"),
    ("operator", "電話 かおる", "operator"),
    ("admin", "管理 しげる", "administrator"),
    ("auditor", "監査 ひかり", "auditor"),
)
# Where each role's work is; every account exists in both zones with the same password and authenticator.
HOME_ZONE = {"clerk": "delivery", "chief": "delivery", "operator": "booking", "administrator": "booking", "auditor": "delivery"}
CARDS = 159
SLOTS = 50
CITIZENS = 6
CITIZEN_BIRTHDAY = (1986, 9, 8)


def demo_accounts(data: Path) -> list[dict[str, str]]:
    """Return the demo's accounts with their secrets, made once and kept in the data folder."""
    path = data / "demo-accounts.json"
    if not path.exists():
        accounts = [
            {"user": user, "name": name, "role": role, "password": secrets.token_urlsafe(12), "totp": _base32()}
            for user, name, role in STAFF
        ]
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
            json.dump(accounts, handle, ensure_ascii=False)
    loaded: list[dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def _base32() -> str:
    return "".join(secrets.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") for _ in range(32))


def _provide_accounts(data: Path) -> None:
    from madoguchi.platform.accounts.models import Staff
    from madoguchi.platform.accounts.services import provision
    from madoguchi.zones.role_catalogue import starting_roles

    for account in demo_accounts(data):
        if not Staff.objects.filter(user_id=account["user"]).exists():
            provision(
                user_id=account["user"],
                name=account["name"],
                role=account["role"],
                roles=starting_roles(),
                password=account["password"],
                totp=account["totp"],
            )


def _data() -> Path:
    data = data_folder()
    if data is None:
        raise RuntimeError("no data folder is named")
    return data


def furnish_booking(_arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Give the booking zone its accounts, places, opening hours and the slots that follow from them."""
    furnish_calendar(progress)
    return Outcome({"places": len(PLACES)}, [f"{len(PLACES)} か所の場所と予約枠を作りました。"])


def furnish_calendar(progress: Progress) -> None:
    """Make the booking zone's accounts, places, opening hours and slots where there are none yet."""
    from madoguchi.booking.calendar.models import Closure, OpeningRule, Place, Schedule
    from madoguchi.booking.calendar.services import save_closure, save_place, save_rule
    from madoguchi.booking.municipality.own_words import save_words
    from madoguchi.booking.municipality.services import change
    from madoguchi.platform.audit.actors import automatic

    actor = automatic("demo")
    _provide_accounts(_data())
    _register_a_medium(actor, "B-001")
    change(actor, telephone=TELEPHONE, telephone_hours=TELEPHONE_HOURS)
    today, cards = clock.today(), Schedule.default()
    for position, (code, name, address, access) in enumerate(PLACES):
        progress.advance(position, len(PLACES), name)
        if Place.objects.filter(code=code).exists():
            continue
        place = save_place(actor, Place(code=code, name=name, address=address, access=access, position=position))
        for weekday in range(6 if code == "main" else 5):
            counters = 2 if weekday == OpeningRule.Weekday.SATURDAY else 3
            for opens, closes in ((dt.time(9), dt.time(12)), (dt.time(13), dt.time(16, 30))):
                rule = OpeningRule(place=place, schedule=cards, weekday=weekday, opens=opens, closes=closes)
                rule.slot_minutes, rule.valid_from = 30, today
                rule.counters_public, rule.counters_internal = counters, 1
                save_rule(actor, rule)
    for text, words in WORDS.items():
        save_words(actor, text, words)
    _open_renewals(actor, today)
    new_year = dt.date(today.year, 12, 29)
    if not Closure.objects.filter(day_from=new_year).exists():
        save_closure(actor, Closure(day_from=new_year, day_until=dt.date(today.year + 1, 1, 3), reason="年末年始"))


def _try_a_plan(actor: Actor) -> None:
    """Leave one proposal for the counters that was tried out, small enough to be quick."""
    from madoguchi.delivery.planning import queries, services
    from madoguchi.delivery.planning.models import Proposal
    from madoguchi.delivery.planning.simulation import Rules
    from madoguchi.platform.verbs import Silent

    if Proposal.objects.exists():
        return
    world = services.world_of(queries.past(), walk_ins_per_hour=1, arrivals_percent=100)
    rules = Rules(frozenset(range(5)), open_minutes=390, slot_minutes=30, places_a_slot=3, counters=3, notices_a_day=20)
    proposal = services.make("平日、窓口3", rules, world, actor, days=20, runs=5, seed=1, target=15)
    services.try_out(proposal, Silent())


def _register_a_medium(actor: Actor, number: str) -> None:
    """Register the medium on which this zone's files travel."""
    from madoguchi.platform.exchange.models import Medium
    from madoguchi.platform.exchange.services.media_ledger import register

    if not Medium.objects.filter(number=number).exists():
        register(number, "usb", actor, encryption="AES-256", kept_at="金庫A")


def _open_renewals(actor: Actor, today: dt.date) -> None:
    """Let certificate renewals be asked for by form, at a counter of their own."""
    from madoguchi.booking.calendar.models import OpeningRule, Place, Schedule, VisitKind
    from madoguchi.booking.calendar.services import save_rule

    schedule, made = Schedule.objects.get_or_create(code="certificates", defaults={"name": "電子証明書", "position": 1})
    if not made:
        return
    VisitKind.objects.filter(code="renew-certificate").update(schedule=schedule, is_open=True)
    for weekday in range(5):
        for opens, closes in ((dt.time(9), dt.time(12)), (dt.time(13), dt.time(16))):
            place = Place.objects.get(code="main")
            rule = OpeningRule(place=place, schedule=schedule, weekday=weekday, opens=opens, closes=closes)
            rule.slot_minutes, rule.valid_from, rule.counters_public, rule.counters_internal = 30, today, 1, 1
            save_rule(actor, rule)


def furnish_delivery(_arguments: argparse.Namespace, progress: Progress) -> Outcome:
    """Give the core zone its accounts, places and a box of cards, most of them ready to be handed over."""
    from madoguchi.delivery.cards.models import Card
    from madoguchi.platform.audit.actors import automatic
    from madoguchi.zones.demo_exceptions import leave_exceptions

    data = _data()
    furnish_offices()
    if not Card.objects.exists():
        _take_in_a_box(data, progress)
        _file_papers()
        _open_the_counters()
        _take_applications()
        leave_exceptions()
    _try_a_plan(automatic("demo"))
    write_sign_in_lines()
    return Outcome({"cards": Card.objects.count()}, ["見本の市民とカードを作りました。"])


def furnish_offices() -> None:
    """Make the core zone's accounts, places and medium where there are none yet."""
    from madoguchi.delivery.cards.services import save_place
    from madoguchi.platform.audit.actors import automatic

    _provide_accounts(_data())
    for code, name, address, _access in PLACES:
        save_place(code, name, automatic("demo"), address=address, telephone=TELEPHONE)
    _register_a_medium(automatic("demo"), "C-001")


def _take_in_a_box(data: Path, progress: Progress) -> None:
    """Import an invented card list as the municipality would, then bring its cards forward as two people would."""
    from madoguchi.delivery.intake.commands import import_cards

    card_list = data / "demo-papers" / "card-list.csv"
    card_list.parent.mkdir(exist_ok=True)
    card_list.write_bytes(_invented_list())
    words = {"file": str(card_list), "mapping": "fujisawa", "dry_run": False, "expect_rows": CARDS, "skip_rejected": False}
    import_cards(argparse.Namespace(**words, approve_as="chief"), progress)
    _bring_forward(progress)
    _send_a_bag_and_count_a_box()


def _open_the_counters() -> None:
    """Two drawers, the first open since this morning; a renewal that was paid for, and somebody who waits."""
    from madoguchi.delivery.cards.models import DeliveryPlace
    from madoguchi.delivery.fees.services import open_drawer, save_drawer
    from madoguchi.delivery.handover.cases import Case, Shown
    from madoguchi.delivery.handover.rules import FeeKind
    from madoguchi.delivery.procedures import services as procedures
    from madoguchi.delivery.procedures.rules import ProcedureKind, VisitState
    from madoguchi.platform.accounts.access import actor_for
    from madoguchi.platform.accounts.models import Staff

    clerk, chief = (actor_for(Staff.objects.get(user_id=user)) for user in ("clerk", "chief"))
    place = DeliveryPlace.objects.get(code="main")
    first, _second = (save_drawer(f"W{number}", f"{number}番窓口のつり銭箱", place, chief) for number in (1, 2))
    day = open_drawer(first, 30_000, clerk)
    visit = procedures.receive(ProcedureKind.RENEW, place, clerk)
    procedures.start(visit, clerk, expected_version=visit.version)
    procedures.check_documents(visit, Case(), Shown(ticks=["own-card"]), clerk, expected_version=visit.version)
    paid = procedures.Finished(
        VisitState.DONE, certificates_issued=True, fee=FeeKind.CASH, fee_reason="certificates-again", drawer_day=day.pk
    )
    procedures.finish(visit, paid, clerk, expected_version=visit.version)
    procedures.receive(ProcedureKind.RESET, place, clerk)


def _invented_list() -> bytes:
    """Return an invented card list; its first people are those who may book in the demo: known numbers and a known birthday."""
    from dataclasses import replace

    from django.conf import settings

    from madoguchi.kernel import invented, municipalities

    town = municipalities.find(settings.MADOGUCHI_MUNICIPALITY)
    if town is None:
        raise RuntimeError(settings.MADOGUCHI_MUNICIPALITY)
    people = list(invented.people(town, CARDS, seed=1, offices=[name for _code, name, _address, _access in PLACES]))
    for number in range(CITIZENS):
        people[number] = replace(people[number], serial=f"A0A{number + 1:06d}", born=dt.date(*CITIZEN_BIRTHDAY))
    rows = [list(invented.HEADERS["fujisawa"] or ()), *(invented.record("fujisawa", person) for person in people)]
    return b"".join(invented.encoded("fujisawa", row) for row in rows)


def _bring_forward(progress: Progress) -> None:
    """Let the first cards stay on their way (to see every work queue) and make the others ready."""
    from madoguchi.delivery.cards.models import Card, DeliveryPlace
    from madoguchi.delivery.cards.services import bind_sleeve, perform
    from madoguchi.delivery.printers.services import save_printer
    from madoguchi.delivery.scanning.codes import Kind
    from madoguchi.delivery.scanning.formats import Check, Form
    from madoguchi.delivery.scanning.services import save_format
    from madoguchi.delivery.storage.services import make_box
    from madoguchi.kernel.labels import sleeve_code
    from madoguchi.platform.accounts.access import actor_for
    from madoguchi.platform.accounts.models import Staff

    clerk = actor_for(Staff.objects.get(user_id="clerk"))
    cards = list(Card.objects.order_by("id"))
    main = DeliveryPlace.objects.get(code="main")
    near = {"name": "2番窓口のプリンター", "place": main, "offset_x": Decimal("0.5"), "offset_y": Decimal("-1.0"), "is_used": True}
    save_printer(None, near, clerk)
    save_format(Form("前のシステムのスリーブ", "FJ", Kind.SERIAL, 9, Check.NONE, Kind.SLEEVE), f"FJ{cards[0].serial}", clerk)
    for number in range(len(cards) // SLOTS + 1):
        make_box(DeliveryPlace.objects.get(code="main"), "A", f"{number + 1:02d}", SLOTS, actor_for(Staff.objects.get(user_id="chief")))
    for number, card in enumerate(cards):
        if number % 20 == 0:
            progress.advance(number, len(cards), "到着・検品・交付前設定")
        left_behind = len(cards) - number
        if left_behind <= 5:
            continue
        card = perform(card.pk, "arrive", clerk, expected_version=card.version, detail={"in_open_batch": True, "site": "main"})
        if left_behind <= 12:
            continue
        bind_sleeve(card.pk, sleeve_code(card.pk), expected_version=card.version)
        card = perform(card.pk, "inspect", clerk, expected_version=card.version, detail={"second_person": "clerk2", "sleeve_bound": True})
        if left_behind <= 20:
            continue
        card = perform(card.pk, "preset", clerk, expected_version=card.version, detail={"preset_result": "ok"})
        perform(
            card.pk,
            "store",
            clerk,
            expected_version=card.version,
            detail={"site": "main", "safe": "A", "box": f"{number // SLOTS + 1:02d}", "slot": str(number % SLOTS + 1)},
        )


def _file_papers() -> None:
    """File two invented papers, so that lists and viewer have something to show."""
    import io

    from PIL import Image, ImageDraw

    from madoguchi.delivery.cards.models import Card
    from madoguchi.delivery.filing.inbox import folder
    from madoguchi.delivery.filing.models import DocumentClass
    from madoguchi.delivery.filing.services import check_file, file_for_card
    from madoguchi.platform.accounts.access import actor_for
    from madoguchi.platform.accounts.models import Staff

    clerk = actor_for(Staff.objects.get(user_id="clerk"))
    for card, code in zip(Card.objects.order_by("id")[:2], ("identity", "application"), strict=True):
        pages = [Image.new("L", (850, 1200), 255) for _side in range(2)]
        for number, page in enumerate(pages, start=1):
            draw = ImageDraw.Draw(page)
            draw.rectangle((60, 60, 790, 1140), outline=0, width=4)
            draw.text((100, 100), f"SPECIMEN {code} {number}", fill=0, font_size=48)
        scan = io.BytesIO()
        pages[0].save(scan, "TIFF", compression="tiff_lzw", save_all=True, append_images=pages[1:])
        file_for_card(check_file(scan.getvalue(), clerk), card, DocumentClass.objects.get(code=code), clerk)
    # One file without cover sheet, which waits for somebody to say whose it is, and one that is no scan.
    folder().mkdir(exist_ok=True)
    pages[1].rotate(90, expand=True).save(folder() / "scan0001.png")
    (folder() / "memo.txt").write_bytes(b"no scan")


def _take_applications() -> None:
    """Take one application at the counter, and register a venue whose list is still out."""
    from madoguchi.delivery.cards.models import DeliveryPlace
    from madoguchi.delivery.registration.rules import Receipt, Way, read_person
    from madoguchi.delivery.registration.services import Taken, make_venue, register
    from madoguchi.platform.accounts.access import actor_for
    from madoguchi.platform.accounts.models import Staff

    clerk, place = actor_for(Staff.objects.get(user_id="clerk")), DeliveryPlace.objects.get(code="main")
    given = {
        "application_id": "90000000000000000000001",
        "name": "見本　太郎",
        "kana": "ミホン　タロウ",
        "born": "昭和60年4月1日",
        "sex": "男",
    }
    person = read_person({**given, "postcode": "2510054", "address": "神奈川県藤沢市朝日町１番地の１"}, clock.today())
    register(person, Taken(Way.COUNTER, place, Receipt.RESTRICTED), clerk)
    make_venue("湘南見本工場", clock.today(), place, 24, clerk)


def _send_a_bag_and_count_a_box() -> None:
    """Let a bag with three cards be on its way to another place, and a box have been counted by two people."""
    from madoguchi.delivery.cards.models import Card, DeliveryPlace
    from madoguchi.delivery.storage import stock_taking, transfers
    from madoguchi.delivery.storage.models import Box
    from madoguchi.platform.accounts.access import actor_for
    from madoguchi.platform.accounts.models import Staff

    clerk, chief = (actor_for(Staff.objects.get(user_id=user)) for user in ("clerk", "chief"))
    main, other = (DeliveryPlace.objects.get(code=code) for code in ("main", "shonandai"))
    transfers.save_lead_time(main, other, 1, chief)
    transfers.save_lead_time(other, main, 1, chief)
    bag = transfers.begin(main, other, clerk)
    for sleeve in Card.objects.filter(box="02", slot__in=["48", "49", "50"]).values_list("sleeve_code", flat=True):
        transfers.pack(bag.pk, str(sleeve), clerk)
    transfers.send(bag.pk, "庁用車 午後の便", clerk)
    take = stock_taking.begin(main, Box.objects.get(site=main, safe="A", name="03"), clerk, is_blind=True)
    for key, sleeve in enumerate(Card.objects.filter(place_kind="stored", box="03").values_list("sleeve_code", flat=True)):
        stock_taking.scan(take.pk, str(sleeve), str(key), clerk)
    stock_taking.finish_counting(take.pk, clerk)
    stock_taking.close(take.pk, clerk, second_person="chief", confirmed_missing=0)


def write_sign_in_lines() -> None:
    """Keep the SIGNIN lines that every start of the demo prints."""
    from madoguchi.delivery.cards.models import Card
    from madoguchi.delivery.cards.services import booking_code_of

    data, lines = _data(), []
    for card in Card.objects.filter(progress="preset", serial__startswith="A0A00000").order_by("serial")[:CITIZENS]:
        code = booking_code_of(card)
        birthday = card.born[5:7] + card.born[8:10]
        lines.append(f"SIGNIN citizen id={card.serial} birthday={birthday}" + (f" code={code}" if code else ""))
    shown = {account["role"]: account for account in reversed(demo_accounts(data))}
    lines += [
        f"SIGNIN {role} user={shown[role]['user']} password={shown[role]['password']} totp={shown[role]['totp']} zone={zone}"
        for role, zone in HOME_ZONE.items()
    ]
    descriptor = os.open(data / "demo-signin.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        handle.write("\n".join(lines) + "\n")
