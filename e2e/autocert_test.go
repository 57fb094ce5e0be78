package e2e

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/miekg/dns"
)

// TestAutocert gets certificates from Pebble, the test server of Let's Encrypt. Two
// nodes share what they got, and a restart needs nothing anew. One node alone can be
// reached by the authority.
func TestAutocert(t *testing.T) {
	onBoth(t, func(t *testing.T, db database) {
		port, other := freePort(t), freePort(t)
		p := newPebble(t, 1, port)
		keys := p.keys() + "data_dir: " + t.TempDir() + "\ndatabase: " + db(t) + "\n"
		second := p.serve(t, other, keys)
		first := p.serve(t, port, keys)
		names := []string{"app.corp.example.com", "authenticate.corp.example.com"}
		got := map[string]string{}
		for _, name := range names {
			got[name] = p.certifies(t, port, name)
			if there := p.certifies(t, other, name); there != got[name] {
				t.Errorf("%s: the nodes have two certificates", name)
			}
		}
		if n := p.issued(); n != len(names) {
			t.Errorf("the authority gave %d certificates, want %d", n, len(names))
		}

		first.stop()
		second.stop()
		p.serve(t, port, keys)
		for _, name := range names {
			if again := p.certifies(t, port, name); again != got[name] {
				t.Errorf("%s: another certificate after the restart", name)
			}
		}
		if n := p.issued(); n != len(names) {
			t.Errorf("after the restart the authority has given %d certificates, want no more than %d", n, len(names))
		}
		if own := issuerOf(t, port, "nobody.example.org"); strings.HasPrefix(own, "Pebble") {
			t.Errorf("a name that nobody asked for has a certificate of %s", own)
		}
	})
}

// TestAutocertAtPort80 proves its names by a request at port 80, where nothing of ours
// answers handshakes at the authority's other port.
func TestAutocertAtPort80(t *testing.T) {
	t.Parallel()
	const address = "127.80.0.1" // loopback, as all of 127.0.0.0/8
	if ln, err := net.Listen("tcp", address+":80"); err != nil {
		t.Skipf("this user may not listen at port 80: %v", err)
	} else {
		ln.Close()
	}
	p := newPebble(t, 80, 1)
	p.name(address)
	port := freePort(t)
	p.serve(t, port, p.keys()+"data_dir: "+t.TempDir()+"\nhttp_redirect_addr: "+address+":80\n")
	p.certifies(t, port, "app.corp.example.com")
}

// pebble is a certificate authority, as a process.
type pebble struct {
	port int
	log  *output

	mu   sync.Mutex
	host net.IP // to which all names lead
}

// pebbleProgram is the built authority, which all scenarios share.
var pebbleProgram = sync.OnceValues(func() (string, error) {
	path := filepath.Join(suite.dir, "pebble")
	cmd := exec.Command("go", "build", "-buildvcs=false", "-o", path, "github.com/letsencrypt/pebble/v2/cmd/pebble")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build pebble: %w\n%s", err, out)
	}
	return path, nil
})

// newPebble starts an authority that checks names at the ports.
func newPebble(t *testing.T, httpPort, tlsPort int) *pebble {
	t.Helper()
	program, err := pebbleProgram()
	if err != nil {
		t.Fatal(err)
	}
	p := &pebble{port: freePort(t), host: net.IPv4(127, 0, 0, 1)}
	settings, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress": fmt.Sprintf("127.0.0.1:%d", p.port), "certificate": suite.authority.cert, "privateKey": suite.authority.key,
		"httpPort": httpPort, "tlsPort": tlsPort, "keyAlgorithm": "ecdsa",
	}})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(bounded(t), program, "-config", writeFile(t, "pebble.json", string(settings)), "-dnsserver", p.names(t))
	cmd.Env = environment("PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=0", "PEBBLE_AUTHZREUSE=0")
	p.log = startTool(t, cmd)
	listening(t, p.port)
	return p
}

// name makes all names lead to an address.
func (p *pebble) name(address string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.host = net.ParseIP(address)
}

// names starts a server of names for the authority, which asks by TCP, and returns its
// address.
func (p *pebble) names(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &dns.Server{Listener: ln, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		p.mu.Lock()
		defer p.mu.Unlock()
		answer := new(dns.Msg).SetReply(q)
		if q.Question[0].Qtype == dns.TypeA {
			answer.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET}, A: p.host}}
		}
		w.WriteMsg(answer)
	})}
	go server.ActivateAndServe()
	t.Cleanup(func() { ln.Close() })
	return ln.Addr().String()
}

// keys are those of a file that gets its certificates here.
func (p *pebble) keys() string {
	return fmt.Sprintf(`
health_check_addr: ""
autocert: true
autocert_ca: https://localhost:%d/dir
autocert_trusted_ca_file: %s
routes: [{from: https://app.corp.example.com, to: "http://127.0.0.1:1", allow_any_authenticated_user: true}]
`, p.port, suite.authority.file)
}

func (p *pebble) serve(t *testing.T, port int, keys string) *process {
	t.Helper()
	g := gatehouse(t, nil, "serve", "--config", writeFile(t, "config.yaml", fmt.Sprintf("address: 127.0.0.1:%d\n%s", port, keys)))
	g.listening(port)
	return g
}

// issued is how many certificates the authority gave.
func (p *pebble) issued() int { return strings.Count(p.log.String(), "Issued certificate") }

// certifies waits until a node shows a certificate of the authority for a name, and
// returns its serial number.
func (p *pebble) certifies(t *testing.T, port int, name string) (serial string) {
	t.Helper()
	eventually(t, "a certificate for "+name, func() bool { return strings.HasPrefix(issuerOf(t, port, name), "Pebble") })
	conn, err := tls.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port), &tls.Config{ServerName: name, InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	leaf := conn.ConnectionState().PeerCertificates[0]
	if err := leaf.VerifyHostname(name); err != nil {
		t.Error(err)
	}
	return leaf.SerialNumber.String()
}

// issuerOf returns who issued the certificate that a node shows for a name.
func issuerOf(t *testing.T, port int, name string) string {
	t.Helper()
	conn, err := tls.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port), &tls.Config{ServerName: name, InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0].Issuer.CommonName
}
