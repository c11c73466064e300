import math
import random
from statistics import fmean, stdev
from typing import Any

import polars as pl
import pytest

from tasks.report import intervals


def estimate(frame: pl.DataFrame, what: intervals.Estimate) -> dict[str, Any]:
    return dict(frame.select(e=what.struct()).item())


class TestRatio:
    def test_is_a_mean_over_equal_denominators(self) -> None:
        """Over units of equal size the interval is that of a mean: s t / sqrt(n)."""
        values = [3.0, 5.0, 4.0, 8.0, 6.0, 1.0, 7.0, 2.0, 5.0, 9.0, 4.0]
        found = estimate(
            pl.DataFrame({"t": values, "w": [1.0] * len(values)}), intervals.ratio(pl.col("t"), pl.col("w"))
        )
        half = 2.228 * stdev(values) / math.sqrt(len(values))  # t of 10 degrees of freedom, from a printed table
        assert found["value"] == pytest.approx(fmean(values))
        assert found["high"] - found["value"] == pytest.approx(half, rel=1e-3)

    def test_covers_what_it_says(self) -> None:
        """About 95 in 100 intervals contain the rate from which the units were drawn."""
        draw = random.Random(4)
        rate, held, rounds = 0.02, 0, 400
        frames = []
        for number in range(rounds):
            for _ in range(25):
                words = draw.randrange(100, 900)
                terms = sum(draw.random() < rate for _ in range(words))
                frames.append((number, terms, words))
        groups = pl.DataFrame(frames, schema=["round", "t", "w"], orient="row").group_by("round")
        for row in groups.agg(e=intervals.ratio(pl.col("t"), pl.col("w")).struct()).unnest("e").iter_rows(named=True):
            held += row["low"] <= rate <= row["high"]
        assert 0.92 <= held / rounds <= 0.98

    def test_leaves_out_what_was_not_measured(self) -> None:
        """Units with nulls change neither the figure nor its interval."""
        frame = pl.DataFrame({"t": [1, 2, 3, 2, 1, 4], "w": [10, 9, 11, 10, 12, 14]})
        nulls = pl.DataFrame({"t": [None, None], "w": [None, None]}, schema=frame.schema)
        what = intervals.ratio(pl.col("t"), pl.col("w"), per=1000)
        assert estimate(pl.concat([frame, nulls]), what) == estimate(frame, what)

    @pytest.mark.parametrize("terms", [[1, 2, 3, 4], [0] * 20])
    def test_is_not_given_for_few_or_equal_units(self, terms: list[int]) -> None:
        """Fewer than five units, or units that are all alike, get a figure and no interval."""
        frame = pl.DataFrame({"t": terms, "w": [50] * len(terms)})
        found = estimate(frame, intervals.ratio(pl.col("t"), pl.col("w")))
        assert found["value"] is not None
        assert found["low"] is None
        assert found["high"] is None

    def test_has_no_value_without_units(self) -> None:
        """Without units there is no figure."""
        frame = pl.DataFrame({"t": [None], "w": [None]}, schema={"t": pl.Int32, "w": pl.Int32})
        assert estimate(frame, intervals.ratio(pl.col("t"), pl.col("w")))["value"] is None


class TestGrade:
    def test_is_the_formula_of_the_sums(self) -> None:
        """The grade of several texts is that of all their words, sentences and syllables together."""
        frame = pl.DataFrame({"w": [120, 80], "s": [6, 5], "y": [180, 130]})
        found = estimate(frame, intervals.flesch_kincaid_grade(pl.col("w"), pl.col("s"), pl.col("y")))
        assert found["value"] == pytest.approx(0.39 * 200 / 11 + 11.8 * 310 / 200 - 15.59)

    def test_interval_is_near_the_jackknife(self) -> None:
        """Leaving out each text in turn gives about the same interval."""
        draw = random.Random(5)
        rows = []
        for _ in range(60):
            sentences = draw.randrange(4, 40)
            words = sum(draw.randrange(8, 30) for _ in range(sentences))
            rows.append((words, sentences, round(words * draw.uniform(1.3, 1.8))))
        frame = pl.DataFrame(rows, schema=["w", "s", "y"], orient="row")
        found = estimate(frame, intervals.flesch_kincaid_grade(pl.col("w"), pl.col("s"), pl.col("y")))

        def grade(chosen: list[tuple[int, int, int]]) -> float:
            words, sentences, syllables = (sum(row[i] for row in chosen) for i in range(3))
            return 0.39 * words / sentences + 11.8 * syllables / words - 15.59

        without = [grade(rows[:i] + rows[i + 1 :]) for i in range(len(rows))]
        mean = fmean(without)
        error = math.sqrt((len(rows) - 1) / len(rows) * sum((g - mean) ** 2 for g in without))
        assert found["high"] - found["value"] == pytest.approx(2.001 * error, rel=0.05)


class TestSignificance:
    def group(self, value: float, width: float = 1.0, n: int = 30) -> dict[str, Any]:
        return {"value": value, "low": value - width, "high": value + width, "n": n}

    def test_is_symmetric(self) -> None:
        """The order of the two groups makes no difference."""
        one, other = self.group(1.0), self.group(9.0)
        assert intervals.is_significant(one, other, 2)
        assert intervals.is_significant(other, one, 2)

    def test_overlapping_intervals_are_no_finding(self) -> None:
        """Two groups whose 95 % intervals overlap are not said to differ, nor is a group without an interval."""
        assert not intervals.is_significant(self.group(1.0), self.group(2.9), 2)
        assert not intervals.is_significant(self.group(1.0), {"value": 9.0, "low": None, "high": None, "n": 3}, 2)

    def test_extremes_of_many_equal_groups_rarely_differ(self) -> None:
        """Of corpora of 25 sources that do not differ, at most 5 in 100 have a significant difference."""
        draw = random.Random(6)
        found = without_correction = 0
        for _ in range(400):
            values = sorted(draw.gauss(0, 1) for _ in range(25))
            lowest, highest = (self.group(value, width=1.97, n=200) for value in (values[0], values[-1]))
            found += intervals.is_significant(lowest, highest, 25)
            without_correction += intervals.is_significant(lowest, highest, 2)
        assert found / 400 <= 0.05
        assert without_correction / 400 > 0.3
