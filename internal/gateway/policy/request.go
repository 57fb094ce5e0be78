package policy

import (
	"crypto/x509"
	"net/netip"
	"time"

	"gatehouse/internal/identity"
)

// Request has the facts that criteria test. Decide does not change it. A
// Decision keeps a reference to it for its explanation.
type Request struct {
	Method string
	Host   string
	// Path is the cleaned, decoded path, by which the route was chosen.
	Path string
	// AltPath is the other way in which an upstream may read the path, for
	// example without ";" parameters. Empty: there is no other. A request passes
	// only if the policy allows both.
	AltPath string
	// SourceIP is the client's address. The zero value is in no network.
	SourceIP netip.Addr
	// CORSPreflight says that the request is OPTIONS with the headers Origin
	// and Access-Control-Request-Method.
	CORSPreflight bool
	// Identity is nil if nobody is signed in.
	Identity *identity.Identity
	// Devices are those that the person has proven to have at hand.
	Devices []identity.Device
	// Certificate is the client's certificate; nil if the client sent none.
	// CertificateValid says that it was verified against the trusted ones.
	Certificate      *x509.Certificate
	CertificateValid bool
	// Tools are the tools that the messages of the Model Context Protocol in a request
	// call, "" for a message that calls none. A request passes only if the policy allows
	// each. nil: nobody has looked, or there are no messages.
	Tools []string
	// Now is when the request came; zero means the present.
	Now time.Time
}
