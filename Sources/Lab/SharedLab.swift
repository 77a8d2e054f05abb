/// One lab per Asterisk version for all tests of a process, started by the first that asks.
///
/// Tests that share it use numbers of their own (`uniqueNumber`) and clear the members they seat. It ends
/// with the process.
public actor SharedLab {
  private static let v22 = SharedLab(.v22)
  private static let v16 = SharedLab(.v16)
  private static let installed = SharedLab(.installed)

  private let kind: LabAsterisk
  private var starting: Task<Result<Lab, LabError>, Never>?

  private init(_ kind: LabAsterisk) { self.kind = kind }

  /// The shared lab of this version; a failed start is not tried again.
  public static func get(_ kind: LabAsterisk = .v22) async throws(LabError) -> Lab {
    let shared =
      switch kind {
      case .v22: v22
      case .v16: v16
      case .installed: installed
      }
    return try await shared.lab()
  }

  private func lab() async throws(LabError) -> Lab {
    let kind = kind
    let task =
      starting
      ?? Task {
        do throws(LabError) {
          return .success(try await Lab.start(LabOptions(asterisk: kind)))
        } catch {
          return .failure(error)
        }
      }
    starting = task
    return try await task.value.get()
  }
}
