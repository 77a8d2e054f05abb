import AsteriskLink
import Courier

extension PBXLinkSettings {
  /// What the configuration says of one PBX, as the link wants it.
  init(_ pbx: PBXSettings) {
    let ami = AsteriskLink.AMISettings(
      host: pbx.ami.host, port: pbx.ami.port, username: pbx.ami.username, secret: pbx.ami.secret.value,
      tls: pbx.ami.tls ? TLSPolicy(verify: pbx.ami.verify, caFile: pbx.ami.caFile) : nil)
    let ari = AsteriskLink.ARISettings(
      url: pbx.ari.url, username: pbx.ari.username, password: pbx.ari.password.value,
      application: pbx.ari.app,
      tls: TLSPolicy(verify: pbx.ari.verify, caFile: pbx.ari.caFile))
    self.init(name: pbx.name, ami: ami, ari: ari)
  }
}
