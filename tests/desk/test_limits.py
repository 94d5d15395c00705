from imm_audio.desk.limits import Bucket, Limits


def test_a_bucket_gives_its_burst_at_once_and_its_rate_afterwards():
    bucket = Bucket(100.0, 200.0, 0.0)
    assert sum(bucket.take(0.0) for _ in range(300)) == 200
    assert sum(bucket.take(1.0) for _ in range(300)) == 100
    assert sum(bucket.take(1000.0) for _ in range(300)) == 200


def test_a_clock_that_goes_back_gives_nothing():
    bucket = Bucket(100.0, 1.0, 10.0)
    assert bucket.take(10.0)
    assert not bucket.take(5.0)


def test_a_player_who_plays_fast_is_never_refused():
    limits = Limits(0.0)
    assert all(limits.may_touch(n / 90.0) for n in range(9000))
    assert all(limits.may_ask(n / 2.0) for n in range(100))
    assert limits.refused == 0


def test_a_page_that_floods_is_slowed_first_and_has_to_leave_then():
    limits = Limits(0.0)
    passed = 0
    for n in range(20000):
        passed += limits.may_touch(n / 1000.0)
        if limits.spent:
            break
    assert limits.spent
    assert n / 1000.0 > 1.0                       # not for a moment's carelessness
    assert passed <= 200 + 100 * n / 1000.0 + 1
    assert limits.refused == n + 1 - passed
