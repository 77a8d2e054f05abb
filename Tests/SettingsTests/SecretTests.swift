import Foundation
import Testing

@testable import Service

/// Secrets, their files and the environment.
@Suite struct `A secret` {
  private static let fromFile = least().replacingOccurrences(
    of: "secret: hush", with: "secret_file: ami.secret")

  @Test func `comes from a file beside the configuration, without its last line break`() throws {
    let settings = try read(Self.fromFile, files: ["/etc/perezvon/ami.secret": "quiet word\r\n"])
    #expect(settings.pbxs[0].ami.secret.value == "quiet word")
  }

  @Test func `comes from a file elsewhere by an absolute path`() throws {
    let yaml = least().replacingOccurrences(of: "secret: hush", with: "secret_file: /run/keys/ami")
    #expect(try read(yaml, files: ["/run/keys/ami": "quiet"]).pbxs[0].ami.secret.value == "quiet")
  }

  @Test func `in a file that is not there is a mistake`() {
    #expect(
      mistakes(Self.fromFile) == [
        "4:44: pbx[0].ami.secret_file names ami.secret, which does not exist; create it or correct the name"
      ])
  }

  @Test func `in an empty file is a mistake`() {
    #expect(
      mistakes(Self.fromFile, files: ["/etc/perezvon/ami.secret": "\n"]) == [
        "4:44: pbx[0].ami.secret_file must not be empty; write a text of one line"
      ])
  }

  @Test func `given twice is a mistake`() {
    let yaml = least(ami: ", secret_file: ami.secret")
    #expect(
      mistakes(yaml, files: ["/etc/perezvon/ami.secret": "x"]) == [
        "4:45: both \"secret\" and \"secret_file\" in pbx[0].ami are given; keep one of them"
      ])
  }

  @Test func `is not told by mistakes, descriptions or dumps`() throws {
    let yaml = least().replacingOccurrences(
      of: "postgresql://perezvon@127.0.0.1/perezvon", with: "http://perezvon:hunter2@127.0.0.1")
    #expect(!mistakes(yaml).joined().contains("hunter2"))
    let settings = try read(least())
    var dumped = ""
    dump(settings, to: &dumped)
    #expect(!dumped.contains("hush"))
    #expect(!"\(settings)".contains("hush"))
    #expect(!String(reflecting: settings.pbxs).contains("hush"))
    #expect("\(settings.pbxs[0].ami.secret)" == "(secret)")
  }

  @Test func `is equal to itself only`() {
    let secret = Secret("pz_0123")
    #expect(secret.isEqual(to: "pz_0123"))
    for other in ["", "pz_012", "pz_0124", "pz_01230", "Pz_0123", "pz_0123pz_0123"] {
      #expect(!secret.isEqual(to: other), "\(other)")
    }
    #expect(!Secret("").isEqual(to: "x"))
  }

  /// Each secret of a file in every wrong shape: the sentences name the key and never the value.
  @Test func `is told by no mistake, whatever it is mistaken for`() {
    let shapes = [
      "hunter2\u{7}", "[hunter2]", "{hunter2: hunter2}", "\"hunter2\\n\"", "${hunter2 x}", "'hunter2",
      "!!int hunter2",
      "|\n hunter2", "hunter2: hunter2", "*hunter2", "&hunter2",
      "\"" + String(repeating: "hunter2", count: 400) + "\"",
    ]
    let places = ["secret: hush", "password: hush", "postgresql://perezvon@127.0.0.1/perezvon"]
    for place in places {
      for shape in shapes {
        let key = place.hasPrefix("postgresql") ? "" : String(place.prefix { $0 != " " }) + " "
        let yaml = least().replacingOccurrences(
          of: place.hasPrefix("postgresql") ? "\"\(place)\"" : place, with: key + shape)
        let told = mistakes(yaml).joined(separator: "\n")
        // An alias is named by its anchor, and a key by its name: neither is a value.
        guard !shape.contains("{"), !shape.contains(": "), !shape.hasPrefix("*"), !shape.hasPrefix("&") else {
          continue
        }
        #expect(!told.contains("hunter2"), "\(key)\(shape): \(told)")
      }
    }
  }

  @Test func `or any value takes environment variables`() throws {
    let yaml = least().replacingOccurrences(of: "secret: hush", with: "secret: \"${A}-$$-${B_2}$x$\"")
    let settings = try read(yaml, environment: ["A": "one", "B_2": "${A}: [not, yaml]"])
    #expect(settings.pbxs[0].ami.secret.value == "one-$-${A}: [not, yaml]$x$")
  }

  @Test func `with variables that are not set names each`() {
    let yaml = least(campaign: "    caller_id: \"${FIRST}${SECOND}\"")
    #expect(
      mistakes(yaml) == [
        "15:16: campaigns[0].caller_id needs the environment variable FIRST, which is not set; "
          + "set it for the service",
        "15:16: campaigns[0].caller_id needs the environment variable SECOND, which is not set; "
          + "set it for the service",
      ])
  }

  @Test func `with a broken placeholder is a mistake`() {
    #expect(mistakes(least(campaign: "    caller_id: \"${FIRST\"")).first?.contains("without \"}\"") == true)
    #expect(mistakes(least(campaign: "    caller_id: \"${a b}\"")).first?.contains("\"${a b}\"") == true)
  }
}
