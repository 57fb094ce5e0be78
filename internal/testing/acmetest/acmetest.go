// Package acmetest is a certificate authority for tests: pebble, in the process.
package acmetest

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
	"github.com/miekg/dns"
)

// Authority is a certificate authority that checks names as real ones do.
type Authority struct {
	URL   string         // of its directory
	CA    string         // the certificate of its own address, PEM
	Roots *x509.CertPool // with CA alone
	Asked atomic.Int32   // for a certificate
}

// New returns an authority that checks names at the ports, all on this machine. bound:
// it takes those alone who show the account of BindingID.
func New(t *testing.T, httpPort, tlsPort int, bound bool) *Authority {
	t.Helper()
	t.Setenv("PEBBLE_VA_NOSLEEP", "1")
	t.Setenv("PEBBLE_WFE_NONCEREJECT", "0")
	t.Setenv("PEBBLE_AUTHZREUSE", "0")
	quiet := log.New(io.Discard, "", 0)
	memory := db.NewMemoryStore()
	if bound {
		if err := memory.AddExternalAccountKeyByID(BindingID, BindingKey); err != nil {
			t.Fatal(err)
		}
	}
	validate := va.New(quiet, httpPort, tlsPort, false, names(t), memory)
	issue := ca.New(quiet, memory, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {Description: "default", ValidityPeriod: 7776000}})
	front := wfe.New(quiet, memory, validate, issue, nil, false, bound, 0, 0)
	a := &Authority{}
	handler := front.Handler()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/finalize-order/") {
			a.Asked.Add(1)
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	a.URL, a.Roots = server.URL+"/dir", x509.NewCertPool()
	a.Roots.AddCert(server.Certificate())
	a.CA = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	return a
}

// BindingID is an account of the authority, and BindingKey its key.
const BindingID = "binding"

// BindingKey is base64url.
var BindingKey = base64.RawURLEncoding.EncodeToString([]byte("0123456789abcdef0123456789abcdef"))

// names is a server of names that all lead to this machine. It speaks TCP, by which
// the authority asks.
func names(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	server := &dns.Server{Listener: l, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		answer := new(dns.Msg)
		answer.SetReply(q)
		if q.Question[0].Qtype == dns.TypeA {
			answer.Answer = append(answer.Answer, &dns.A{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET}, A: net.IPv4(127, 0, 0, 1)})
		}
		w.WriteMsg(answer)
	})}
	go server.ActivateAndServe()
	return l.Addr().String()
}
