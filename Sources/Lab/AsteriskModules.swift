import Glibc

/// The modules the lab's Asterisks load. An explicit list boots in a fraction of the time of "everything".
enum AsteriskModules {
  static let shared = [
    "pbx_config", "app_dial", "app_playback", "app_stack", "app_echo", "app_read", "app_senddtmf",
    "app_userevent", "app_exec", "app_verbose", "app_while", "app_playtones", "app_transfer", "app_system",
    "func_callerid", "func_channel", "func_cut", "func_db", "func_global", "func_hangupcause", "func_logic",
    "func_math", "func_sprintf", "func_strings", "func_timeout", "func_base64", "func_devstate",
    "func_dialplan", "func_version",
    "bridge_simple", "bridge_softmix", "bridge_native_rtp", "bridge_holding", "bridge_builtin_features",
    "bridge_builtin_interval_features", "chan_bridge_media", "chan_pjsip", "codec_ulaw", "codec_alaw",
    "codec_a_mu", "codec_gsm", "codec_resample", "format_gsm", "format_pcm", "format_sln", "format_wav",
    "res_timing_timerfd", "res_rtp_asterisk", "res_musiconhold", "res_pjproject", "res_sorcery_config",
    "res_sorcery_memory", "res_sorcery_astdb", "res_pjsip", "res_pjsip_caller_id", "res_pjsip_dtmf_info",
    "res_pjsip_endpoint_identifier_ip", "res_pjsip_endpoint_identifier_user", "res_pjsip_header_funcs",
    "res_pjsip_logger", "res_pjsip_nat", "res_pjsip_outbound_registration", "res_pjsip_pubsub",
    "res_pjsip_authenticator_digest", "res_pjsip_outbound_authenticator_digest", "res_pjsip_refer",
    "res_pjsip_registrar", "res_pjsip_rfc3326", "res_pjsip_sdp_rtp", "res_pjsip_session", "res_crypto",
  ]

  static let pbx = [
    "app_queue", "app_stasis", "app_bridgewait", "app_directed_pickup", "app_blind_transfer",
    "app_attended_transfer", "app_amd", "app_waituntil", "res_clioriginate", "res_http_websocket",
    "res_stasis",
    "res_stasis_answer",
    "res_stasis_device_state", "res_stasis_playback", "res_stasis_recording", "res_stasis_snoop",
    "res_ari_model", "res_ari", "res_ari_applications", "res_ari_asterisk", "res_ari_bridges",
    "res_ari_channels", "res_ari_device_states", "res_ari_endpoints", "res_ari_events", "res_ari_playbacks",
    "res_ari_recordings", "res_ari_sounds", "res_websocket_client", "res_parking", "app_record",
    "res_cdrel_custom", "cel_custom",
  ]

  /// Names that this version does not have are left out.
  static func configuration(_ names: [String], in directory: String) -> String {
    let here = names.filter { access("\(directory)/\($0).so", R_OK) == 0 }
    return "[modules]\nautoload = no\n" + here.map { "load = \($0).so\n" }.joined()
  }
}
