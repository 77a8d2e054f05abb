import Foundation

/// axe-core, which finds what people who do not see or use no mouse cannot use on a page. Its script comes out of the
/// wheel `axe-playwright-python` of PyPI, once, and is kept beside the lab's Asterisks.
public enum AxeScript {
  /// What is asked of PyPI; the version is fixed so that a finding is ours, not a new rule's.
  static let package = "axe-playwright-python==0.1.8"

  /// The script, downloaded the first time.
  public static func text() async throws(LabError) -> String {
    let folder = LabOptions().cacheDirectory + "/axe"
    let file = folder + "/axe.min.js"
    if let text = try? String(contentsOfFile: file, encoding: .utf8) { return text }
    let unpack = """
      import glob, os, zipfile
      wheel = zipfile.ZipFile(glob.glob("*.whl")[0])
      name = [n for n in wheel.namelist() if n.endswith("/axe.min.js")][0]
      open("axe.part", "wb").write(wheel.read(name))
      os.rename("axe.part", "axe.min.js")
      """
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch { throw LabError(.resources, "cannot make \(folder): \(error)") }
    try await ChildProcess.mustRun(
      .init(
        arguments: ["python3", "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, package],
        workDirectory: folder))
    try await ChildProcess.mustRun(.init(arguments: ["python3", "-c", unpack], workDirectory: folder))
    do { return try String(contentsOfFile: file, encoding: .utf8) } catch {
      throw LabError(.unpack, "\(package) holds no axe.min.js: \(error)")
    }
  }
}
