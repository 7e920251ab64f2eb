"""A damaged file is refused, with the line and the field at fault: hundreds of damages, drawn and chosen."""

from __future__ import annotations

import gzip
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from stoplog.span.errors import SpanFileError
from stoplog.span.files import parsed, read_file
from stoplog.span.parameters import parameters
from stoplog.span.writing import spn_text

DRAWS = 40
"""Damages of each kind."""

NEEDED = re.compile(
    rb"<(p|d|v|k|o|cId|pe|cvf|val|sc|a|r|tn|rs|i|cc|pfId|pfCode|pfType|currency|weight|point|pairedPoint)>"
)
NUMBERS = re.compile(rb"<(p|d|v|k|cvf|val|sc|a|t|priceScan|volScanPct|weight|i|factor)>([-0-9.]+)</")
CODES = re.compile(
    rb"<(o|rs|pfType|valueMeth|setlMeth|chargeMeth|somMeth|procMeth|wfprMeth|isSetl|capAnov|exercise|s)>(\w+)</"
)
TAGS = re.compile(rb"</?(\w+)>")

Damage = Callable[[bytes, random.Random], bytes]


def cut_off(content: bytes, draws: random.Random) -> bytes:
    return content[: draws.randrange(1, content.rstrip().rfind(b"<"))]


def line_lost(content: bytes, draws: random.Random) -> bytes:
    lines = content.splitlines(keepends=True)
    places = [number for number, line in enumerate(lines) if NEEDED.match(line) or TAGS.fullmatch(line.strip())]
    del lines[draws.choice(places)]
    return b"".join(lines)


def line_twice(content: bytes, draws: random.Random) -> bytes:
    lines = content.splitlines(keepends=True)
    single = [number for number, line in enumerate(lines) if NEEDED.match(line) and not line.startswith(b"<a>")]
    place = draws.choice(single)
    return b"".join([*lines[:place], lines[place], *lines[place:]])


def number_spoilt(content: bytes, draws: random.Random) -> bytes:
    found = draws.choice(list(NUMBERS.finditer(content)))
    spoilt = draws.choice([b"", b"x", b"1,5", b"1e5", b"nan", b"--1", b"0x10", b" 1", b"1 2", b"1.2.3", "٣".encode()])
    return content[: found.start(2)] + spoilt + content[found.end(2) :]


def code_unknown(content: bytes, draws: random.Random) -> bytes:
    found = draws.choice(list(CODES.finditer(content)))
    return content[: found.start(2)] + draws.choice([b"?", b"", b"XX", b"2", b"c"]) + content[found.end(2) :]


def tag_renamed(content: bytes, draws: random.Random) -> bytes:
    found = draws.choice(list(re.finditer(rb"<(\w+)>([^<\r\n]*)</\1>", content)))
    return content[: found.start()] + b"<zz>" + found[2] + b"</zz>" + content[found.end() :]


def byte_lost_in_a_tag(content: bytes, draws: random.Random) -> bytes:
    found = draws.choice(list(TAGS.finditer(content)))
    place = draws.randrange(found.start(), found.end())
    return content[:place] + content[place + 1 :]


def array_value_lost(content: bytes, draws: random.Random) -> bytes:
    found = draws.choice(list(re.finditer(rb"<a>[-0-9.]+</a>", content)))
    return content[: found.start()] + content[found.end() :]


def text_between(content: bytes, draws: random.Random) -> bytes:
    found = draws.choice(list(re.finditer(rb"</\w+>\s*\n", content[: content.rstrip().rfind(b"<")])))
    return content[: found.end()] + b"stray" + content[found.end() :]


@pytest.fixture(scope="module")
def spn(folder: Path) -> bytes:
    return (folder / "takas_slice.spn").read_bytes()


@pytest.fixture(scope="module")
def pa2(folder: Path) -> bytes:
    return (folder / "span_synthetic.pa2").read_bytes()


def refused(content: bytes) -> SpanFileError:
    with pytest.raises(SpanFileError) as raised:
        parsed(content)
    error = raised.value
    assert 1 <= error.line <= content.count(b"\n") + 1 or content.startswith(b"\x1f\x8b")
    assert error.field
    assert str(error).startswith(f"line {error.line}, {error.field}: ")
    assert error.reason
    return error


XML_DAMAGES: list[Damage] = [
    cut_off,
    line_lost,
    line_twice,
    number_spoilt,
    code_unknown,
    tag_renamed,
    byte_lost_in_a_tag,
    array_value_lost,
    text_between,
]


@pytest.mark.rule("SPN-003")
@pytest.mark.parametrize("seed", range(DRAWS))
@pytest.mark.parametrize("damage", XML_DAMAGES, ids=lambda damage: damage.__name__)
def test_xml_that_is_damaged_is_refused(spn: bytes, damage: Damage, seed: int) -> None:
    refused(damage(spn, random.Random(seed)))


@pytest.mark.rule("SPN-003")
@pytest.mark.parametrize("seed", range(DRAWS))
def test_a_packed_file_that_is_cut_or_spoilt_is_refused(spn: bytes, seed: int) -> None:
    draws, packed = random.Random(seed), gzip.compress(spn)
    cut = packed[: draws.randrange(3, len(packed))]
    assert refused(cut).field == "gzip"
    place = draws.randrange(20, len(packed))
    refused(packed[:place] + bytes([packed[place] ^ 0x55]) + packed[place + 1 :])
    refused(packed + b"more")


REPLACED: list[tuple[str, str, str]] = [
    ("<pairedPoint>2</pairedPoint>", "<pairedPoint>17</pairedPoint>", "there is no point 17"),
    ("<pairedPoint>2</pairedPoint>", "<pairedPoint>3</pairedPoint>", "is not paired with"),
    ("<mult>0.333333</mult>", "<mult>0.433333</mult>", "is not 1.000000 / 3.000000"),
    ("<weight>0.320000</weight>", "<weight>3.200000</weight>", "is above 1"),
    ("<weight>0.270000</weight>", "<weight>0.470000</weight>", "the weights add up to"),
    ("<point>2</point>", "<point>3</point>", "where 2 follows"),
    ("<cc>AKBNKE</cc>\n<name>", "<cc>XU030</cc>\n<name>", "there a second time"),
    ("<date>20160517</date>", "<date>20160531x</date>", "is not a day"),
    ("<date>20160517</date>", "<date>20160231</date>", "is not a day"),
    ("<pe>201605S0</pe>", "<pe>201613S0</pe>", "is not a contract month"),
    ("<fileFormat>4.00</fileFormat>", "<fileFormat>3.00</fileFormat>", "unknown code '3.00'"),
    ("<spanFile>", "<!DOCTYPE spanFile [<!ENTITY a 'a'>]><spanFile>", "has no document type"),
    ("<spanFile>", "<spanFile version='4'>", "has an attribute"),
    ("encoding='iso-8859-1'", "encoding='klingon'", "unknown encoding"),
    ("<rs>A</rs>", "<rs>B</rs>", "not on both sides"),
    ("<d>1.000000</d></ra>", "<d>1.500000</d></ra>", "is beyond 1"),
]


@pytest.mark.rule("SPN-003")
@pytest.mark.parametrize(("found", "put", "reason"), REPLACED)
def test_what_contradicts_itself_is_refused(spn: bytes, found: str, put: str, reason: str) -> None:
    text = spn.decode("latin-1").replace("\r\n", "\n")
    assert found in text
    assert reason in refused(text.replace(found, put, 1).encode("latin-1")).reason


@pytest.mark.rule("SPN-003")
def test_references_to_what_is_not_there_are_refused(spn: bytes) -> None:
    text = spn.decode("latin-1")
    link = text.index("<pfLink>")
    family = re.compile(r"<pfId>\w+</pfId>").search(text, link)
    assert family is not None
    assert (
        "has no family 999"
        in refused((text[: family.start()] + "<pfId>999</pfId>" + text[family.end() :]).encode()).reason
    )
    end = text.index("</pfLink>", link) + len("</pfLink>")
    assert "no ccDef links" in refused((text[:link] + text[end:]).encode()).reason
    under = text.index("<undC>")
    assert (
        "has no contract 7"
        in refused((text[:under] + text[under:].replace("<cId>1</cId>", "<cId>7</cId>", 1)).encode()).reason
    )
    leg = text.index("<tLeg>")
    assert "has no tier 5" in refused((text[:leg] + text[leg:].replace("<tn>0</tn>", "<tn>5</tn>", 1)).encode()).reason
    assert (
        "unknown code 'NONE'"
        in refused((text[:leg] + re.sub("<cc>.*?</cc>", "<cc>NONE</cc>", text[leg:], count=1)).encode()).reason
    )


@pytest.mark.rule("SPN-003")
@pytest.mark.parametrize(
    "content", [b"", b"  \n", b"<a/>", b"<spanFile/>", b"hello", b"PK\x03\x04zip", b"\x1f\x8b", b"\xff\xfe<"]
)
def test_what_is_no_parameter_file_is_refused(content: bytes) -> None:
    with pytest.raises(SpanFileError) as raised:
        parsed(content)
    assert raised.value.field


@pytest.mark.rule("SPN-003")
@pytest.mark.parametrize("seed", range(5 * DRAWS))
def test_records_whose_fields_are_spoilt_are_refused(pa2: bytes, seed: int) -> None:
    draws = random.Random(seed)
    lines = pa2.decode("latin-1").splitlines()
    spoil = draws.choice([digit_spoilt, record_unknown, record_cut, sign_spoilt, array_lost, month_spoilt, record_lost])
    refused("\n".join(spoil(lines, draws)).encode("latin-1"))


def digit_spoilt(lines: list[str], draws: random.Random) -> list[str]:
    place = draws.choice([n for n, line in enumerate(lines) if line.startswith(("81", "82"))])
    column = draws.choice([*range(47, 59), *range(60, 65), *range(90, 95)])
    return [*lines[:place], lines[place][:column] + "x" + lines[place][column + 1 :], *lines[place + 1 :]]


def record_unknown(lines: list[str], draws: random.Random) -> list[str]:
    place = draws.randrange(len(lines))
    return [*lines[:place], "Q " + lines[place][2:], *lines[place + 1 :]]


def record_cut(lines: list[str], draws: random.Random) -> list[str]:
    place = draws.choice([n for n, line in enumerate(lines) if line.startswith(("81", "82"))])
    return [*lines[:place], lines[place][: draws.randrange(54, 100)], *lines[place + 1 :]]


def sign_spoilt(lines: list[str], draws: random.Random) -> list[str]:
    place = draws.choice([n for n, line in enumerate(lines) if line.startswith(("81", "82"))])
    column = 59 + 6 * draws.randrange(7)
    return [*lines[:place], lines[place][:column] + "?" + lines[place][column + 1 :], *lines[place + 1 :]]


def array_lost(lines: list[str], draws: random.Random) -> list[str]:
    place = draws.choice([n for n, line in enumerate(lines) if line.startswith(("81", "82"))])
    return [*lines[:place], *lines[place + 1 :]]


def month_spoilt(lines: list[str], draws: random.Random) -> list[str]:
    place = draws.choice([n for n, line in enumerate(lines) if line.startswith("81")])
    return [
        line[:33] + "13" + line[35:] if line[2:54] == lines[place][2:54] and line[0] == "8" else line for line in lines
    ]


def record_lost(lines: list[str], draws: random.Random) -> list[str]:
    place = draws.choice([n for n, line in enumerate(lines) if line[:2] in ("0 ", "1 ", "2 ", "3 ", "4 ", "P ")])
    return [*lines[:place], *lines[place + 1 :]]


PA2_REPLACED = [
    ("ZZ        FUT   OZ        OOF", "ZZ        FUT", "no record 2 links OZ OOF"),
    ("XYZZZ        FUTSYN", "QQQZZ        FUTSYN", "no record 1 names it"),
    ("3 CC-ZZ", "3 CC-QQ", "no record 2 names it"),
    ("20250912SC", "20250932SC", "is not a day"),
    ("U2YN", "UPYN", "unknown code 'UP'"),
    ("02010101A", "02010101C", "unknown code"),
    ("010000A2510", "000000A2510", "is 0"),
    ("XYZ CC-YY 0010000B", "XYZ CC-QQ 0010000B", "unknown code 'CC-QQ'"),
    ("OOFC202512   202511 ", "OOFX202512   202511 ", "unknown code 'X'"),
]


@pytest.mark.rule("SPN-003")
@pytest.mark.parametrize(("found", "put", "reason"), PA2_REPLACED)
def test_records_that_contradict_each_other_are_refused(pa2: bytes, found: str, put: str, reason: str) -> None:
    text = pa2.decode("latin-1")
    if found == "02010101A":
        found, put = "0400010101A", "0400010101C"
    assert found in text
    assert reason in refused(text.replace(found, put).encode("latin-1")).reason


def anything(content: bytes, draws: random.Random) -> bytes:
    """One to three damages without a plan: bytes changed, lost or repeated, lines exchanged."""
    for _ in range(draws.randint(1, 3)):
        place, other = draws.randrange(len(content)), draws.randrange(len(content))
        kind = draws.randrange(4)
        if kind == 0:
            byte = draws.choice([b"0", b"9", b"A", b"-", b"+", b" ", b"<", b">", b"/", b".", b"\n", b"\0", b"\xff"])
            content = content[:place] + byte + content[place + 1 :]
        elif kind == 1:
            content = content[:place] + content[place + draws.randint(1, 30) :]
        elif kind == 2:
            content = content[:place] + content[other : other + draws.randint(1, 200)] + content[place:]
        else:
            lines = content.split(b"\n")
            one, two = draws.randrange(len(lines)), draws.randrange(len(lines))
            lines[one], lines[two] = lines[two], lines[one]
            content = b"\n".join(lines)
    return content


@pytest.mark.rule("SPN-002", "SPN-003")
@pytest.mark.parametrize("seed", range(2 * DRAWS))
def test_whatever_is_changed_is_refused_or_read_and_written_alike(spn: bytes, pa2: bytes, seed: int) -> None:
    for content, times in ((spn, 1), (pa2, 10)):
        for number in range(times):
            try:
                file = parsed(anything(content, random.Random(1_000 * seed + number)))
            except SpanFileError:
                continue
            assert parsed(spn_text(file)) == file
            assert parameters(file).contracts


@pytest.mark.rule("SPN-003")
def test_a_file_that_is_not_there_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_file(tmp_path / "none.spn")
