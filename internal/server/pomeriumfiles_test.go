package server_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/server"
)

// persons are who the decisions of the files are about.
var persons = map[string]map[string]any{
	"nobody": nil,
	"alice":  {"sub": "u-alice", "email": "alice@example.com", "groups": []any{"admins", "staff"}, "cognito:groups": []any{"admins"}},
	"bob":    {"sub": "u-bob", "email": "bob@example.com", "groups": []any{"staff"}, "cognito:groups": []any{"staff"}},
	"carol":  {"sub": "u-carol", "email": "carol@partner.example", "groups": []any{}},
	"dave":   {"sub": "u-dave", "email": "dave@example.com", "groups": []any{}, "Team": "blue"},
	"eve":    {"sub": "u-eve", "email": "eve@elsewhere.example", "groups": []any{}},
	"ci":     {"sub": "repo:corp/site:ref:refs/heads/main", "iss": "https://token.actions.githubusercontent.com", "repository": "corp/site"},
}

// Files of Pomerium in the styles in which people write them are accepted as they
// are, and decide what their authors meant. Each file in the folder has a
// configuration (or variables), all warnings about its keys, and decisions: who, the method
// if it is not GET, the URL, the outcome (none: no route), and the rule. A file without
// a list of warnings may have any.
func TestFilesOfPomerium(t *testing.T) {
	files, err := filepath.Glob("testdata/pomerium/*.txtar")
	if err != nil || len(files) < 20 {
		t.Fatalf("got %d files and %v, want 20 or more", len(files), err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Chdir(t.TempDir())
			writeCertificates(t)
			checkFile(t, archive)
		})
	}
}

func checkFile(t *testing.T, archive *txtar.Archive) {
	var src settings.Source
	var warnings, decisions []string
	for _, f := range archive.Files {
		lines := strings.FieldsFunc(string(f.Data), func(c rune) bool { return c == '\n' })
		switch {
		case f.Name == "env":
			src.Env = append(src.Env, lines...)
		case f.Name == "ROUTES":
			src.Env = append(src.Env, "ROUTES="+base64.StdEncoding.EncodeToString(f.Data))
		case f.Name == "warnings":
			warnings = lines
		case f.Name == "decisions":
			decisions = lines
		default:
			src.Path, src.Data = f.Name, f.Data
		}
	}
	c, err := config.Load(src, server.PolicyFaults)
	if err != nil {
		t.Fatalf("refused:\n%v", err)
	}
	if _, err := server.Check(c); err != nil {
		t.Fatalf("refused by check:\n%v", err)
	}
	if warnings != nil {
		checkWarnings(t, c.Warnings, warnings)
	}
	if len(decisions) == 0 {
		t.Error("no decisions")
	}
	for _, line := range decisions {
		checkDecision(t, c, line)
	}
}

func checkWarnings(t *testing.T, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("got the warnings\n%s\nwant %d:\n%s", strings.Join(got, "\n"), len(want), strings.Join(want, "\n"))
		return
	}
	for i, w := range want {
		if !strings.Contains(got[i], w) {
			t.Errorf("got the warning %q, want %q", got[i], w)
		}
	}
}

func checkDecision(t *testing.T, c *config.Config, line string) {
	t.Helper()
	words := strings.Fields(line)
	who, rest := words[0], words[1:]
	q := server.Question{Claims: persons[who]}
	if _, known := persons[who]; !known || len(rest) < 2 {
		t.Fatalf("%s: not a decision", line)
	}
	if !strings.Contains(rest[0], "://") {
		q.Method, rest = rest[0], rest[1:]
	}
	u, err := url.Parse(rest[0])
	if err != nil {
		t.Fatal(err)
	}
	q.URL = u
	answer, err := server.Explain(c, q)
	if err != nil {
		t.Fatal(err)
	}
	got := []string{"none"}
	if answer.Route != nil {
		got = []string{answer.Decision.Outcome.String()}
		if answer.Decision.Rule != "" {
			got = append(got, answer.Decision.Rule)
		}
	}
	if strings.Join(got, " ") != strings.Join(rest[1:], " ") {
		t.Errorf("%s: got %s (%s)", line, strings.Join(got, " "), strings.Join(explained(answer), "; "))
	}
}

func explained(a *server.Answer) []string {
	if a.Route == nil || a.Decision.Outcome == policy.Allow {
		return nil
	}
	return a.Decision.Explain()
}

// writeCertificates writes the files that the configurations name.
func writeCertificates(t *testing.T) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"*.example.com"}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join("certs", name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir("certs", 0o700); err != nil {
		t.Fatal(err)
	}
	write("cert.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	write("key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
	write("secret", []byte("not-a-secret\n"))
}
