"""The figures of scheduled changes of assets."""

from __future__ import annotations

import pytest
from differential.crossing import ONE, Desk
from reference.rows import EventRow

from stoplog.codes import AssetParameter, ChangeState, Command, Event, Refusal
from stoplog.units import AMOUNT_MAX, GRACE_MAX, RATE_ONE, SEQUENCE_MAX

SIXTY = 60 * RATE_ONE // 100


class Venue(Desk):
    """A desk with 20 of a second asset, long 10 at 100 under 1 %."""

    def __init__(self) -> None:
        super().__init__()
        self.traded = self.instrument()
        self.held = self.asset(ONE)
        self.put(self.held, 20)
        self.long = self.position(self.traded, 10, 100)

    def schedule(
        self, value: int = SIXTY, *, code: AssetParameter = AssetParameter.HAIRCUT, ahead: int = 1, grace: int = 500
    ) -> EventRow:
        """Announce a change that is effective `ahead` commands after this one."""
        size = self.pair.state.sequence + 1 + ahead
        fields = {"asset": self.held, "code": code, "amount": value, "size": size, "rate": grace}
        return self.pair.accept(Command.SCHEDULE_ASSET_PARAMETER, **fields)[0]

    def tick(self, time: int = 0) -> list[EventRow]:
        """The events of a deposit at this time."""
        return self.pair.accept(Command.DEPOSIT, account=1, asset=1, amount=1, time=time)

    def coming(self) -> int:
        """Let a haircut of 60 % become effective now; the time at which its grace ends."""
        self.schedule()
        return self.tick()[0].second or 0

    def buy(self, size: int) -> dict[str, int]:
        """The fields of a fill at 100."""
        return {"instrument": self.traded, "compartment": self.long, "size": size, "price": 100}


@pytest.mark.rule("CHG-008", "CHG-001")
def test_what_has_no_grace_is_set_before_the_command_of_its_number() -> None:
    venue = Venue()
    announced = venue.schedule(7, code=AssetParameter.DEPOSIT_CAP, ahead=2, grace=99)
    assert (announced.asset, announced.instrument, announced.third) == (venue.held, 0, 0)
    assert [event.kind for event in venue.tick()] == [Event.DEPOSITED]
    effective, put, _ = venue.tick()
    assert (effective.kind, effective.asset, effective.second) == (Event.CHANGE_EFFECTIVE, venue.held, 0)
    assert (put.kind, put.first, put.second, put.third) == (
        Event.ASSET_PARAMETER_SET,
        AssetParameter.DEPOSIT_CAP,
        7,
        AMOUNT_MAX,
    )


@pytest.mark.rule("CHG-008", "CHG-002", "CHG-003")
def test_a_haircut_liquidates_nobody_before_its_grace_is_over_and_then_whoever_is_breached() -> None:
    """20 against 10 now, 8 to come; effective after a command of 1,000 with a grace of 500."""
    venue = Venue()
    venue.tick(1_000)
    venue.schedule()
    effective = venue.tick(1_499)[0]
    assert (effective.kind, effective.second, effective.third) == (Event.CHANGE_EFFECTIVE, 1_500, 1)
    assert len(venue.tick(1_499)) == 1
    assert len(venue.tick(1_500)) == 1
    enforced, put, liquidated, *_ = venue.tick(1_500)
    assert (enforced.kind, enforced.asset, enforced.second) == (Event.CHANGE_ENFORCED, venue.held, 1)
    assert (put.first, put.second, put.third) == (AssetParameter.HAIRCUT, SIXTY, 0)
    assert (liquidated.kind, liquidated.first, liquidated.second) == (Event.CROSS_LIQUIDATED, 8, 10)


@pytest.mark.rule("CHG-008", "CHG-003")
@pytest.mark.parametrize(("added", "left_alone"), [(4, False), (5, True)])
def test_whoever_put_in_what_was_missing_is_left_alone(added: int, left_alone: bool) -> None:
    """25 less 60 % are 10 against 10, 24 are 9."""
    venue = Venue()
    end = venue.coming()
    venue.put(venue.held, added)
    venue.tick(end)
    kinds = [event.kind for event in venue.tick(end)]
    assert (Event.CROSS_LIQUIDATED not in kinds) == left_alone
    assert kinds[:2] == [Event.CHANGE_ENFORCED, Event.ASSET_PARAMETER_SET]


@pytest.mark.rule("CHG-008", "CHG-004", "CRS-003", "CRS-005")
def test_the_coming_haircut_counts_toward_opening_while_the_grace_runs_and_not_before() -> None:
    """8 toward opening: 11 lots need 11, and nothing may leave; selling needs 9 of 20."""
    venue = Venue()
    venue.schedule(ahead=3)
    venue.pair.accept(Command.FILL, **venue.buy(1))
    venue.pair.accept(Command.FILL, **venue.buy(-1))
    refused = venue.pair.refuse(Command.FILL, **venue.buy(1))
    assert (refused.reason, refused.first, refused.second, refused.third) == (
        Refusal.INSUFFICIENT_MARGIN,
        11,
        8,
        0,
    )
    order = {"compartment": venue.long, "size": 1, "price": 100}
    assert venue.pair.refuse(Command.PLACE_ORDER, **order).second == 8
    refused = venue.pair.refuse(Command.SET_LEVERAGE, compartment=venue.long, rate=2 * 10**6)
    assert (refused.first, refused.second) == (20, 8)
    out = {"compartment": venue.cross, "asset": venue.held, "amount": 1}
    assert venue.pair.refuse(Command.REMOVE_MARGIN, **out).second == 7
    assert venue.pair.refuse(Command.FILL, **venue.buy(-21)).second == 8
    venue.pair.accept(Command.FILL, **venue.buy(-4))
    venue.pair.accept(Command.FILL, **venue.buy(2))
    assert venue.pair.refuse(Command.FILL, **venue.buy(1)).first == 9


@pytest.mark.rule("CHG-008", "CHG-004", "CRS-006")
def test_a_position_moves_in_and_out_under_the_coming_haircut_too() -> None:
    """Beside the long 10 an empty compartment with a purse of 1 comes in with 9 of 10; the long leaves with nothing."""
    venue = Venue()
    venue.pair.accept(Command.DEPOSIT, account=1, asset=1, amount=1)
    venue.pair.accept(Command.OPEN_COMPARTMENT, account=1, instrument=venue.traded, amount=1)
    beside = len(venue.pair.state.compartments)
    venue.coming()
    move = {"compartment": beside, "other": venue.cross}
    refused = venue.pair.refuse(Command.MOVE_COMPARTMENT, **move)
    assert (refused.reason, refused.first, refused.second) == (Refusal.INSUFFICIENT_MARGIN, 10, 9)
    venue.put(venue.held, 3)
    venue.pair.accept(Command.MOVE_COMPARTMENT, **move)


@pytest.mark.rule("CHG-008", "CHG-003")
def test_a_lower_haircut_comes_the_same_way_and_counts_for_nothing_before() -> None:
    """60 % in force, 0 to come: 10 of 25 toward opening until the grace ends, then 25."""
    venue = Venue()
    venue.put(venue.held, 5)
    venue.set(venue.held, AssetParameter.HAIRCUT, SIXTY)
    venue.schedule(0)
    end = venue.tick()[0].second or 0
    assert venue.pair.refuse(Command.FILL, **venue.buy(1)).second == 10
    venue.tick(end)
    assert venue.tick(end)[0].second == 0
    venue.pair.accept(Command.FILL, **venue.buy(1))
    assert venue.price(venue.held, 11 * ONE // 25) == [Event.ASSET_PRICED]
    assert Event.CROSS_LIQUIDATED in venue.price(venue.held, 11 * ONE // 25 - 1)


@pytest.mark.rule("CHG-008", "SCR-003")
def test_after_a_haircut_is_enforced_the_price_that_liquidates_is_that_of_it() -> None:
    """50 less 60 % are 20 against 10: 0.5 of the price is the last."""
    venue = Venue()
    venue.put(venue.held, 30)
    end = venue.coming()
    venue.tick(end)
    assert venue.tick(end)[0].second == 0
    assert venue.price(venue.held, ONE // 2) == [Event.ASSET_PRICED]
    assert Event.CROSS_LIQUIDATED in venue.price(venue.held, ONE // 2 - 1)


@pytest.mark.rule("CHG-008", "CHG-006", "CHG-007")
def test_one_haircut_pends_and_can_be_revoked_until_it_is_effective() -> None:
    """Other parameters of the asset, and its haircut by SET_ASSET_PARAMETER, meanwhile."""
    venue = Venue()
    first = venue.schedule(ahead=9)
    haircut = {"asset": venue.held, "code": AssetParameter.HAIRCUT, "amount": 0}
    for refused in (
        venue.pair.refuse(Command.SCHEDULE_ASSET_PARAMETER, size=99, rate=1, **haircut),
        venue.pair.refuse(Command.SET_ASSET_PARAMETER, **haircut),
    ):
        assert (refused.reason, refused.first, refused.second, refused.third) == (
            Refusal.CHANGE_PENDING,
            0,
            1,
            first.second,
        )
    venue.set(venue.held, AssetParameter.OPENING_HAIRCUT, 1)
    venue.set(1, AssetParameter.HAIRCUT, 1)
    revoked = venue.pair.accept(Command.REVOKE_CHANGE, other=1)[0]
    assert (revoked.kind, revoked.asset, revoked.first) == (Event.CHANGE_REVOKED, venue.held, 1)
    venue.set(venue.held, AssetParameter.HAIRCUT, 0)
    venue.coming()
    refused = venue.pair.refuse(Command.REVOKE_CHANGE, other=2)
    assert (refused.reason, refused.second) == (Refusal.CHANGE_DONE, ChangeState.EFFECTIVE)


@pytest.mark.rule("CHG-008", "REF-001")
def test_ranges_are_refused_with_the_range() -> None:
    venue = Venue()
    fields = {"asset": venue.held, "code": AssetParameter.HAIRCUT, "amount": 0, "size": SEQUENCE_MAX, "rate": 1}

    def refused(**other: int) -> tuple[int | None, ...]:
        found = venue.pair.refuse(Command.SCHEDULE_ASSET_PARAMETER, **(fields | other))
        return found.reason, found.first, found.second, found.third

    last = max(AssetParameter)
    assert refused(code=last + 1) == (Refusal.UNKNOWN_CODE, 0, last + 1, last)
    assert refused(asset=3) == (Refusal.UNKNOWN_ASSET, 3, 2, 0)
    for grace in (0, -1, GRACE_MAX + 1):
        assert refused(rate=grace) == (Refusal.AMOUNT_OUT_OF_RANGE, 1, grace, GRACE_MAX)
    assert refused(amount=RATE_ONE + 1) == (Refusal.RATE_OUT_OF_RANGE, 0, RATE_ONE + 1, RATE_ONE)
    now = venue.pair.state.sequence + 1
    assert refused(size=now) == (Refusal.SEQUENCE_OUT_OF_RANGE, now + 1, now, SEQUENCE_MAX)
    venue.pair.accept(Command.SCHEDULE_ASSET_PARAMETER, **(fields | {"rate": GRACE_MAX, "amount": RATE_ONE}))


@pytest.mark.rule("CHG-008", "CHG-003")
def test_a_haircut_and_a_table_that_are_enforced_at_once_come_in_the_order_of_their_numbers() -> None:
    """25 under 60 % hold 10 under 1 %; a table of 2 % comes after it and breaches."""
    venue = Venue()
    venue.put(venue.held, 5)
    venue.pair.accept(Command.REGISTER_TIER_TABLE)
    venue.pair.accept(Command.ADD_TIER, other=2, rate=2 * 10**6, size=2 * 10**6)
    venue.schedule(ahead=2)
    size = venue.pair.state.sequence + 2
    table = {"instrument": venue.traded, "code": 3, "amount": 2, "size": size, "rate": 500}
    venue.pair.accept(Command.SCHEDULE_PARAMETER, **table)
    first, second, *_ = venue.tick()
    assert [(event.kind, event.asset, event.instrument, event.third) for event in (first, second)] == [
        (Event.CHANGE_EFFECTIVE, venue.held, 0, 0),
        (Event.CHANGE_EFFECTIVE, 0, venue.traded, 0),
    ]
    end = first.second or 0
    venue.tick(end)
    kinds = [event.kind for event in venue.tick(end)]
    assert kinds[:5] == [
        Event.CHANGE_ENFORCED,
        Event.ASSET_PARAMETER_SET,
        Event.CHANGE_ENFORCED,
        Event.PARAMETER_SET,
        Event.CROSS_LIQUIDATED,
    ]
