import Foundation
import Testing

@testable import Service

@Suite struct `Self-return` {
  @Test func `counts those we dialled as cut short, not as lost`() {
    // Ten callers: four call again after an hour, three are dialled after a minute, three stay away for 72 hours.
    let watches =
      Array(repeating: SelfReturn.Watch(seconds: 3_600, returned: true), count: 4)
      + Array(repeating: .init(seconds: 60, returned: false), count: 3)
      + Array(repeating: .init(seconds: 72 * 3_600, returned: false), count: 3)
    let found = SelfReturn(watches)
    #expect(abs(found.share(within: 72 * 3_600) - 4.0 / 7) < 1e-9, "four of the seven that were left alone")
    #expect(found.share(within: 3_599) == 0)
    #expect(found.medianSeconds == 3_600)
    #expect(found.measured == nil, "ten are too few to tell")
    let many = SelfReturn((0..<5).flatMap { _ in watches })
    #expect(abs((many.measured ?? 0) - 4.0 / 7) < 1e-9)
    #expect(SelfReturn([]).share(within: 1) == 0)
  }
}

@Suite struct `The uplift` {
  @Test func `has the interval that Newcombe's paper has`() {
    // Newcombe 1998, table II, method 10: 56/70 - 48/80 is 0.2, 0.0524 to 0.3339.
    let uplift = HoldOutUplift(heldOut: 80, heldOutReached: 48, called: 70, calledReached: 56)
    #expect(abs(uplift.difference - 0.2) < 1e-9)
    #expect(abs(uplift.interval.lowerBound - 0.0524) < 0.0001)
    #expect(abs(uplift.interval.upperBound - 0.3339) < 0.0001)
    #expect(HoldOutUplift(heldOut: 0, heldOutReached: 0, called: 5, calledReached: 5).interval == -1...1)
    // Newcombe's case (h): 10/10 - 0/20 is 1, 0.6791 to 1.
    let whole = HoldOutUplift(heldOut: 20, heldOutReached: 0, called: 10, calledReached: 10)
    #expect(abs(whole.interval.lowerBound - 0.6791) < 0.0001 && whole.interval.upperBound == 1)
  }
}

@Suite struct `A bar chart` {
  @Test func `is drawn without scripts, whatever its labels hold`() {
    let chart = BarChart(
      title: "<x>", labels: ["<script>", "b"], series: [.init("a & b", [1, 3]), .init("c", [-1, 2])])
    #expect(chart.svg.contains("&lt;script&gt;") && !chart.svg.contains("<script"))
    #expect(
      chart.svg.components(separatedBy: "<rect").count == 4, "three bars: nothing is drawn for less than none"
    )
    #expect([0, 1, 3, 7, 12, 501].map(BarChart.roundedUp) == [1, 1, 5, 10, 20, 1_000])
  }
}
