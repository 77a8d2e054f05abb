/// One connection with a thread of its own, behind a custom executor (SE-0392).
actor Connection {
  private nonisolated let thread = ConnectionThread()
  private let settings: StoreSettings
  private var link: Link?

  nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  init(_ settings: StoreSettings) { self.settings = settings }

  deinit { thread.stop() }

  /// Runs `body` on the connection's thread, connecting first where there is no live connection.
  func run<R: Sendable>(_ body: @Sendable (Link) throws(StoreError) -> R) throws(StoreError) -> R {
    if let link, !link.isAlive() { self.link = nil }
    let link: Link
    if let current = self.link {
      link = current
    } else {
      link = try Link(settings)
      self.link = link
    }
    defer { if link.broken { self.link = nil } }
    return try body(link)
  }

  func close() { link = nil }
}
