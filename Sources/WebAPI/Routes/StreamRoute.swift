import HTTPTypes
import Hummingbird
import Synchronization

extension WebServer {
  /// `/api/v1/stream`: what happens, as server-sent events.
  var stream: Route {
    let readers = StreamReaders(max: settings.streamReadersMax)
    let fan = StreamFan(
      status: { [face] in await face.status() }, news: { [face] in await face.news() },
      onLost: { [face] in face.reached(limit: "StreamFan.noticesMax") })
    return Route(
      method: .get, path: "/api/v1/stream", role: .viewer,
      sentence: "What happens from now on, as server-sent events; ends when the service stops.",
      answer: .init(contentTypes: ["text/event-stream"])
    ) { [face, settings] _ in
      guard readers.enter() else {
        face.reached(limit: "streamReadersMax")
        throw APIProblem(
          .unavailable, "All \(settings.streamReadersMax) places at the stream are taken; try again later.")
      }
      return APIAnswer(body: .response(Self.stream(fan, StreamPlace(readers))))
    }
  }

  private static func stream(_ fan: StreamFan, _ place: StreamPlace) -> Response {
    Response(
      status: .ok,
      headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
      body: ResponseBody { [place] writer in
        // Held until the last use of the body, also of one that is never sent.
        _ = place
        let reading = await fan.enter()
        defer { fan.leave(reading) }
        try await writer.write(reading.first)
        for await _ in reading.wakes {
          for event in fan.take(reading) { try await writer.write(event) }
        }
        try await writer.finish(nil)
      })
  }
}

/// A reader's place, given back when the answer is gone.
final class StreamPlace: Sendable {
  private let readers: StreamReaders
  init(_ readers: StreamReaders) { self.readers = readers }
  deinit { readers.leave() }
}

/// Counts the readers of the stream: each holds a connection and a buffer.
final class StreamReaders: Sendable {
  private let max: Int
  private let count = Mutex(0)

  init(max: Int) { self.max = max }

  /// False, and nothing changed, where all places are taken.
  func enter() -> Bool {
    count.withLock { count in
      guard count < max else { return false }
      count += 1
      return true
    }
  }

  func leave() { count.withLock { $0 -= 1 } }
}
