import Foundation

/// Prompts of the lab: tones, so that nothing need be recorded. Asterisk's `.sln` is signed 16 bit, 8 kHz.
enum ToneFile {
  static func write(_ path: String, hertz: Double, seconds: Double) throws(LabError) {
    var data = Data(capacity: Int(seconds * 16_000))
    for index in 0..<Int(seconds * 8_000) {
      let sample = Int16(6_000 * sin(2 * .pi * hertz * Double(index) / 8_000))
      data.append(UInt8(truncatingIfNeeded: sample))
      data.append(UInt8(truncatingIfNeeded: sample >> 8))
    }
    guard FileManager.default.createFile(atPath: path, contents: data) else {
      throw LabError(.resources, "cannot write \(path)")
    }
  }
}
