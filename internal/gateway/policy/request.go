package policy

import (
	"crypto/x509"
	"net/netip"
	"time"

	"gatehouse/internal/identity"
)

// Request is what a criterion may test. Decide does not change it; a Decision
// keeps a reference to it for its explanation.
type Request struct {
	Method string
	Host   string
	// Path is the cleaned, decoded path: the one that the route was chosen by.
	Path string
	// AltPath is the other way in which an upstream may read the path (say,
	// without ";" parameters); empty when there is only one. A request passes
	// only if the policy allows both readings.
	AltPath string
	// SourceIP is the client's address. The zero value is in no network.
	SourceIP netip.Addr
	// CORSPreflight says that the request is OPTIONS with the headers Origin
	// and Access-Control-Request-Method.
	CORSPreflight bool
	// Identity is nil when nobody is signed in.
	Identity *identity.Identity
	// Certificate is the client's certificate, nil when it sent none.
	// CertificateValid says that it was verified against the trusted ones.
	Certificate      *x509.Certificate
	CertificateValid bool
	// Now is when the request came; zero means the present.
	Now time.Time
}
