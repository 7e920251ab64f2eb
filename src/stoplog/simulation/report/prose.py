"""What the figures show, in sentences."""

from __future__ import annotations

from stoplog.simulation.findings import Findings
from stoplog.simulation.replay import Replayed
from stoplog.simulation.report import words
from stoplog.simulation.world import World
from stoplog.units import RATE_ONE

MARKS = {
    "ohlc": "Four a bar: open, the two extremes, close, in the order that makes the path shorter.",
    "close": "One a bar: its close, at its end.",
}

NOT_MODELLED = (
    "Liquidation sales do not move the price; nobody defends a position with more margin; the outside market takes"
    " every order at the mark."
)


def lead(world: World, found: Findings) -> str:
    """The replay in one paragraph."""
    asset, decimals = world.population.market.asset, world.scale.price_decimals
    move = found.move
    moved, extreme = ("fell", "low") if move.falls else ("rose", "high")
    start, end = (words.price(value, decimals) for value in (move.start, move.end))
    change = words.signed_percent(move.end / move.start - 1)
    liquidated = f"{words.count(found.liquidated)} ({words.share(found.liquidated, found.entered)})"
    text = (
        f"{world.symbol} {moved} from {start} to {end} {asset} ({change}), the {extreme} on {words.moment(move.time)}"
        f" UTC. Of {words.count(found.entered)} traders, each with one sealed"
        f" compartment, {liquidated} were liquidated, {words.count(found.liquidated_long)} of them long."
    )
    if not found.liquidated:
        return text
    return f"{text} They lost what they had put in, {words.money(found.margin_lost)} {asset} together, and no more."


def shortfalls(world: World, found: Findings) -> str:
    """What the pool lacked, and who paid."""
    asset = world.population.market.asset
    if not found.shortfall_count:
        return "Every liquidated position was sold for at least what it owed: nothing was missing."
    text = (
        f"The price moves between two marks, and the sale costs {_percent(world.population.market.slippage)}"
        f" of slippage. In {words.count(found.shortfall_count)} of {words.count(found.liquidated)} liquidations the"
        f" sale left less than nothing: {words.money(found.shortfall_total)} {asset} in all. The insurance fund paid"
        f" {words.money(found.from_fund)} {asset}"
    )
    if found.socialised:
        return f"{text}; what it lacked, {words.money(found.socialised)} {asset}, was booked as socialised loss."
    return f"{text}, all of it."


def fund(world: World, found: Findings) -> str:
    """What became of the insurance fund."""
    asset = world.population.market.asset
    text = (
        "The fund starts with nothing. It receives what a liquidation leaves after the liquidation fee, and pays what"
        f" one lacks. It stood at {words.money(found.fund_most)} {asset} at most and ends with"
        f" {words.money(found.fund)} {asset}."
    )
    if found.socialised:
        text += f" Below the line: {words.money(found.socialised)} {asset} of loss that it could not pay."
    return text


def losses(found: Findings) -> str:
    """What the distribution of losses says."""
    ended = found.closed + found.liquidated
    if not ended:
        return "No compartment has ended."
    return (
        f"Each of the {words.count(ended)} compartments that ended, by the loss in percent of the margin put in. A"
        " liquidated compartment is taken over whole, so its owner loses 100 %; one that its owner closed gave back"
        f" what was in it. The largest loss is {100 * found.losses.largest:.2f} %. Nothing lies beyond 100 %, however"
        " far the price jumped: the rest was never the owner's."
    )


def methods(world: World) -> list[tuple[str, str]]:
    """How the replay was made, term by term."""
    payments = world.funding.time.size
    terms = [
        ("Prices", _prices(world)),
        ("Marks", MARKS[world.path]),
        ("Funding", f"{payments} payments, at the mark." if payments else "None."),
        ("Traders", _traders(world)),
        ("Terms", _terms(world)),
        ("Units", _units(world)),
        ("Not modelled", NOT_MODELLED),
    ]
    gaps = world.bars.gaps
    if gaps:
        missing = f"{sum(gap.missing for gap in gaps)} rows are missing in {len(gaps)} places, the first after"
        terms.insert(1, ("Gaps", f"{missing} {words.moment(gaps[0].before)}. The mark stays where it was."))
    return terms


def _traders(world: World) -> str:
    return (
        f"{words.count(world.traders.lots.size)}, drawn from the population file with seed {world.seed}. Each opens one"
        " isolated compartment at the mark, against the outside market, and adds no margin."
    )


def _terms(world: World) -> str:
    market = world.population.market
    return (
        f"Taker fee {_percent(market.taker_fee)}, liquidation fee {_percent(market.liquidation_fee)}, slippage of"
        f" liquidation sales {_percent(market.slippage)}; {len(market.tiers)} tiers, maintenance"
        f" {_percent(market.tiers[0].rate)} to {_percent(market.tiers[-1].rate)}."
    )


def _units(world: World) -> str:
    scale = world.scale
    text = (
        f"Price {scale.price_unit.step:f}, lot {scale.lot.step:f}, money {scale.money.step:f}"
        f" {world.population.market.asset}; whole numbers of these throughout the engine."
    )
    return f"{text} The prices are finer than the unit and were rounded to the nearest." if scale.rounded else text


def _percent(rate: int) -> str:
    return f"{100 * rate / RATE_ONE:g}{words.PERCENT}"


def _prices(world: World) -> str:
    if world.reconstructed:
        return (
            f"{world.label}. Each hour keeps its recorded open, high, low and close; the minutes between are a random"
            f" path drawn with seed {world.seed}, not recorded prices."
        )
    return f"{world.label}, {world.bars.time.size:,} rows, {world.bars.step / 1000:g} s apart."


def outcome(replayed: Replayed) -> str:
    """Whether the invariants hold at the end."""
    if replayed.violations:
        return f"{len(replayed.violations)} violations: " + "; ".join(v.message for v in replayed.violations[:3])
    return f"{', '.join(replayed.invariants)}: all hold"
