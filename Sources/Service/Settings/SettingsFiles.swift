internal import Foundation

/// Reads the configuration and the files of secrets.
public enum SettingsFiles {
  /// What is wrong with a file, for behind its name: `cannot be read: …`.
  public struct Problem: Error, Sendable, Hashable {
    /// One sentence without its beginning.
    public var sentence: String
    /// A problem in these words.
    public init(sentence: String) { self.sentence = sentence }
  }

  /// Bytes of a secret's file, at most.
  public static let secretBytesMax = 65_536

  /// The text of a file of at most `bytesMax` bytes.
  public static func read(_ path: String, bytesMax: Int) -> Result<String, Problem> {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
      return .failure(Problem(sentence: "does not exist; create it or correct the name"))
    }
    guard !isDirectory.boolValue else { return .failure(Problem(sentence: "is a directory; name a file")) }
    guard let handle = FileHandle(forReadingAtPath: path) else {
      return .failure(Problem(sentence: "cannot be read; let the service's user read it"))
    }
    defer { try? handle.close() }
    do {
      let data = try handle.read(upToCount: bytesMax + 1) ?? Data()
      guard data.count <= bytesMax else {
        return .failure(Problem(sentence: "is larger than \(bytesMax) bytes; name the right file"))
      }
      guard let text = String(data: data, encoding: .utf8) else {
        return .failure(Problem(sentence: "is not UTF-8 text; save it as UTF-8"))
      }
      return .success(text)
    } catch {
      return .failure(Problem(sentence: "cannot be read: \(error.localizedDescription)"))
    }
  }

  /// A path relative to the directory of the file that names it.
  static func resolve(_ path: String, besides fileName: String) -> String {
    guard !path.hasPrefix("/"), let slash = fileName.lastIndex(of: "/") else { return path }
    return String(fileName[...slash]) + path
  }

  /// Where systemd's `LoadCredential=secrets:/etc/perezvon/secrets` puts its copy of `secrets/ami`: into
  /// `$CREDENTIALS_DIRECTORY`, as `secrets_ami`. Nil for other paths, and where no manager gave credentials.
  static func credential(_ path: String, environment: [String: String]) -> String? {
    guard let directory = environment["CREDENTIALS_DIRECTORY"], directory.hasPrefix("/"), !path.hasPrefix("/")
    else { return nil }
    return directory + "/" + path.split(separator: "/").joined(separator: "_")
  }

  /// The host's name, cut to what an instance may be called.
  static func hostName() -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard gethostname(&buffer, 255) == 0 else { return "perezvon" }
    let name = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return TextFormat.name.problem(with: name) == nil ? name : "perezvon"
  }
}
