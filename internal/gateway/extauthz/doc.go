// Package extauthz reads and writes the messages of Envoy's external authorization
// (envoy.service.auth.v3), as far as a gateway for HTTP needs them.
//
//	gRPC frame ─▶ Unframe ─▶ Read ─▶ Question
//	Answer ─▶ Message ─▶ Frame ─▶ gRPC frame
//
// The messages are read and written field by field: the generated types would bring all
// of Envoy's configuration with them. Numbers of fields are those of external_auth.proto,
// attribute_context.proto, address.proto and base.proto. Deciding belongs to package proxy.
package extauthz
