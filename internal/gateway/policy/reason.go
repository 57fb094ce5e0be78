package policy

import "math/bits"

// Reasons is a set of reasons, as logs and pages name them. The zero value is
// empty.
type Reasons uint64

// The reasons. Names are Pomerium's, except those between certificates and devices.
const (
	ReasonAccept Reasons = 1 << iota
	ReasonReject
	ReasonUserOK
	ReasonUserUnauthenticated
	ReasonUserUnauthorized
	ReasonEmailOK
	ReasonEmailUnauthorized
	ReasonDomainOK
	ReasonDomainUnauthorized
	ReasonClaimOK
	ReasonClaimUnauthorized
	ReasonGroupsOK
	ReasonGroupsUnauthorized
	ReasonHTTPMethodOK
	ReasonHTTPMethodUnauthorized
	ReasonHTTPPathOK
	ReasonHTTPPathUnauthorized
	ReasonSourceIPOK
	ReasonSourceIPUnauthorized
	ReasonCORSRequest
	ReasonNonCORSRequest
	ReasonClientCertificateOK
	ReasonClientCertificateUnauthorized
	ReasonClientCertificateRequired
	ReasonValidClientCertificate
	ReasonInvalidClientCertificate
	ReasonTimeOK
	ReasonTimeUnauthorized
	ReasonEmailUnverified
	ReasonEmailUnclear
	ReasonEmailUnknown
	ReasonGroupsUnknown
	ReasonPhoneUnverified
	ReasonClaimUnknown
	ReasonDeviceOK
	ReasonDeviceUnauthenticated
	ReasonDeviceUnauthorized
	ReasonNonPomeriumRoute
	ReasonMCPToolOK
	ReasonMCPToolUnauthorized
	ReasonMCPNotAToolCall
)

var reasonNames = [...]string{
	"accept", "reject",
	"user-ok", "user-unauthenticated", "user-unauthorized",
	"email-ok", "email-unauthorized",
	"domain-ok", "domain-unauthorized",
	"claim-ok", "claim-unauthorized",
	"groups-ok", "groups-unauthorized",
	"http-method-ok", "http-method-unauthorized",
	"http-path-ok", "http-path-unauthorized",
	"source-ip-ok", "source-ip-unauthorized",
	"cors-request", "non-cors-request",
	"client-certificate-ok", "client-certificate-unauthorized", "client-certificate-required",
	"valid-client-certificate", "invalid-client-certificate",
	"time-ok", "time-unauthorized",
	"email-unverified", "email-unclear", "email-unknown", "groups-unknown", "phone-unverified", "claim-unknown",
	"device-ok", "device-unauthenticated", "device-unauthorized",
	"non-pomerium-route",
	"mcp-tool-ok", "mcp-tool-unauthorized", "mcp-not-a-tool-call",
}

// Has reports whether any of the reasons in other is in r.
func (r Reasons) Has(other Reasons) bool { return r&other != 0 }

// Strings returns the names, always in the same order; nil for the empty set.
func (r Reasons) Strings() []string {
	var names []string
	for rest := uint64(r); rest != 0; rest &= rest - 1 {
		if i := bits.TrailingZeros64(rest); i < len(reasonNames) {
			names = append(names, reasonNames[i])
		}
	}
	return names
}

// Only returns the name of the only reason in r, "" if there are several or none.
func (r Reasons) Only() string {
	if i := bits.TrailingZeros64(uint64(r)); r&(r-1) == 0 && i < len(reasonNames) {
		return reasonNames[i]
	}
	return ""
}
