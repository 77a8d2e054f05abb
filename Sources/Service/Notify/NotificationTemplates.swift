import CAssets
import Foundation
import Mustache

/// The templates of mails: those the program carries, and those of a directory in their place.
struct NotificationTemplates: Sendable {
  /// What a mail is made of.
  struct Mail: Sendable, Equatable {
    var subject: String
    var text: String
    var html: String
  }

  enum Kind: String, Sendable { case notification, digest }

  /// Bytes of one template file, at most.
  static let bytesMax = 256 << 10

  private let templates: [String: MustacheTemplate]
  /// Sentences for the log: files that could not be used.
  let problems: [String]

  /// `notification.ru.html.mustache` and so on are looked for in the directory.
  init(directory: String?) {
    var templates: [String: MustacheTemplate] = [:]
    var problems: [String] = []
    for (name, text) in Self.carried {
      templates[name] = try? Self.escape(name).template(text)
      guard let directory else { continue }
      let path = directory + "/" + name + ".mustache"
      guard FileManager.default.fileExists(atPath: path) else { continue }
      guard let data = FileManager.default.contents(atPath: path), data.count <= Self.bytesMax else {
        problems.append("\(path) cannot be read, or is larger than \(Self.bytesMax) bytes; it is not used")
        continue
      }
      do {
        templates[name] = try Self.escape(name).template(String(decoding: data, as: UTF8.self))
      } catch {
        problems.append("\(path) is no mustache template and is not used: \(error)")
      }
    }
    self.templates = templates
    self.problems = problems
  }

  /// A mail from its context. The first line of the text template is `Subject: …`.
  func mail(_ kind: Kind, _ language: NotifySettings.Language, _ context: [String: Any]) -> Mail {
    let name = "\(kind.rawValue).\(language.rawValue)"
    let whole = templates[name + ".txt"]?.render(context) ?? ""
    let lines = whole.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
    let first = lines.first.map(String.init) ?? ""
    let hasSubject = first.lowercased().hasPrefix("subject:")
    let rest = hasSubject ? lines.dropFirst().first.map(String.init) ?? "" : whole
    return Mail(
      subject: hasSubject ? String(first.dropFirst(8)).trimmingCharacters(in: .whitespaces) : "Perezvon",
      text: String(rest.drop { $0 == "\n" }), html: templates[name + ".html"]?.render(context) ?? "")
  }

  private static func escape(_ name: String) -> ContentEscape { name.hasSuffix(".html") ? .html : .text }

  private static let carried: [(name: String, text: String)] = {
    var count = 0
    let first = perezvon_templates(&count)
    return UnsafeBufferPointer(start: first, count: count).map { asset in
      let bytes = UnsafeBufferPointer(start: asset.bytes, count: asset.length)
      return (String(cString: asset.name), String(decoding: bytes, as: UTF8.self))
    }
  }()
}
