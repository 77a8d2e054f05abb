import Foundation

/// A lab of nothing but PostgreSQL: for measurements, which bring their own PBX.
///
/// Goes with `stop`, and with this process however that ends; files of a killed one are removed when the next
/// lab starts.
public final class DatabaseLab: Sendable {
  public let database: LabDatabase
  /// Free ports for what stands beside the database.
  public let sparePorts: ClosedRange<Int>
  /// Files of whoever uses it; removed with the lab.
  public let path: String
  private let directory: LabDirectory
  private let ports: LabPorts

  private init(database: LabDatabase, directory: LabDirectory, ports: LabPorts) {
    self.database = database
    self.directory = directory
    self.ports = ports
    sparePorts = ports.spare
    path = directory.path
  }

  /// Starts a fresh server. `fsync` as in `LabOptions`.
  public static func start(_ options: LabOptions = LabOptions()) async throws(LabError) -> DatabaseLab {
    let directory = try LabDirectory(base: options.workDirectory, keep: options.keepFiles)
    do throws(LabError) {
      let ports = try LabPorts(directory: options.workDirectory, .database)
      let database = try await LabDatabase(
        directory: try directory.directory("database"), port: ports.database, fsync: options.fsync)
      return DatabaseLab(database: database, directory: directory, ports: ports)
    } catch {
      directory.remove()
      throw error
    }
  }

  /// Stops the server and removes the files.
  public func stop() async {
    await database.stop(.fast)
    ports.release()
    directory.remove()
  }
}
