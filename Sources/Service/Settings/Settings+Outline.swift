import CallPolicy
import Telephony

extension Settings {
  /// What the configuration describes, for the end of a sentence: `PBX pbx1; campaigns sales-callback`.
  public var outline: String {
    let campaigns = policy.campaigns.map(\.name.rawValue).joined(separator: ", ")
    return "PBX \(pbxs.map(\.name.rawValue).joined(separator: ", "))"
      + (campaigns.isEmpty ? "; no campaign" : "; campaigns \(campaigns)")
  }
}
