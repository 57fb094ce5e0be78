package systemtrust_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/internal/systemtrust"
)

var authority = systemtrust.Authority{Name: "Gatehouse local CA 0a1b2c3d", PEM: []byte("-----BEGIN CERTIFICATE-----\n")}

// machine is a made-up computer. What it runs is kept, with short names.
type machine struct {
	*systemtrust.Machine
	root string
	told strings.Builder
	ran  []string
	fail string // commands that contain it fail
}

func newMachine(t *testing.T, system string, dirs, commands, files []string) *machine {
	t.Helper()
	m := &machine{root: t.TempDir()}
	for _, dir := range append(dirs, "/bin", "/home/alice") {
		if err := os.MkdirAll(filepath.Join(m.root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, command := range commands {
		m.write(t, "/bin/"+command)
	}
	for _, file := range files {
		m.write(t, file)
	}
	m.Machine = &systemtrust.Machine{
		OS: system, Root: m.root, Home: m.root + "/home/alice", Path: []string{m.root + "/bin", ""}, Told: &m.told, Run: m.run, Ask: m.run,
	}
	return m
}

func (m *machine) write(t *testing.T, path string) {
	t.Helper()
	path = filepath.Join(m.root, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o755); err != nil {
		t.Fatal(err)
	}
}

func (m *machine) run(_ context.Context, argv []string) error {
	line := strings.ReplaceAll(strings.Join(argv, " "), m.root, "")
	for _, word := range argv {
		if strings.Contains(word, "/gatehouse-ca-") {
			if data, err := os.ReadFile(word); err != nil || string(data) != string(authority.PEM) {
				return errors.New("the certificate is not in the file")
			}
			line = strings.ReplaceAll(line, strings.ReplaceAll(word, m.root, ""), "FILE")
		}
	}
	m.ran = append(m.ran, line)
	if m.fail != "" && strings.Contains(line, m.fail) {
		return errors.New("exit status 1")
	}
	return nil
}

const name, kept = "Gatehouse local CA 0a1b2c3d", "gatehouse-local-ca-0a1b2c3d.crt"

var (
	debian   = "/usr/local/share/ca-certificates"
	chromium = "/home/alice/.pki/nssdb"
	firefox  = "/home/alice/.mozilla/firefox/x.default"
	mac      = "/home/alice/Library/Application Support/Firefox/Profiles/x.default"
)

func TestTrustAndForget(t *testing.T) {
	tests := []struct {
		name                  string
		system                string
		dirs, commands, files []string
		trust, forget         []string
	}{
		{"Debian", "linux", []string{debian}, []string{"update-ca-certificates", "sudo"}, []string{debian + "/" + kept},
			[]string{"/bin/sudo install -m 644 FILE " + debian + "/" + kept, "/bin/sudo /bin/update-ca-certificates"},
			[]string{"/bin/sudo rm " + debian + "/" + kept, "/bin/sudo /bin/update-ca-certificates --fresh"}},
		{"Fedora", "linux", []string{"/etc/pki/ca-trust/source/anchors"}, []string{"update-ca-trust", "sudo"}, nil,
			[]string{"/bin/sudo install -m 644 FILE /etc/pki/ca-trust/source/anchors/" + kept, "/bin/sudo /bin/update-ca-trust extract"}, nil},
		{"Arch", "linux", []string{"/etc/ca-certificates/trust-source/anchors"}, []string{"update-ca-trust", "sudo"}, nil,
			[]string{"/bin/sudo install -m 644 FILE /etc/ca-certificates/trust-source/anchors/" + kept, "/bin/sudo /bin/update-ca-trust"}, nil},
		{"openSUSE", "linux", []string{"/etc/pki/trust/anchors"}, []string{"update-ca-certificates", "sudo"}, nil,
			[]string{"/bin/sudo install -m 644 FILE /etc/pki/trust/anchors/" + kept, "/bin/sudo /bin/update-ca-certificates"}, nil},
		{"macOS", "darwin", nil, []string{"security", "sudo", "certutil"}, []string{mac + "/cert9.db"},
			[]string{"/bin/sudo /bin/security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain FILE",
				"/bin/certutil -A -d sql:" + mac + " -n " + name + " -t C,, -i FILE"},
			[]string{"/bin/security find-certificate -c " + name + " /Library/Keychains/System.keychain",
				"/bin/sudo /bin/security remove-trusted-cert -d FILE", "/bin/sudo /bin/security delete-certificate -c " + name + " /Library/Keychains/System.keychain",
				"/bin/certutil -L -d sql:" + mac + " -n " + name, "/bin/certutil -D -d sql:" + mac + " -n " + name}},
		{"browsers alone", "linux", nil, []string{"certutil"}, []string{chromium + "/cert9.db", firefox + "/cert9.db"},
			[]string{"/bin/certutil -A -d sql:" + chromium + " -n " + name + " -t C,, -i FILE", "/bin/certutil -A -d sql:" + firefox + " -n " + name + " -t C,, -i FILE"},
			[]string{"/bin/certutil -L -d sql:" + chromium + " -n " + name, "/bin/certutil -D -d sql:" + chromium + " -n " + name,
				"/bin/certutil -L -d sql:" + firefox + " -n " + name, "/bin/certutil -D -d sql:" + firefox + " -n " + name}},
	}
	for _, tt := range tests {
		m := newMachine(t, tt.system, tt.dirs, tt.commands, tt.files)
		if err := m.Trust(t.Context(), authority); err != nil {
			t.Errorf("%s: trust: %v", tt.name, err)
		}
		if got, want := strings.Join(m.ran, "\n"), strings.Join(tt.trust, "\n"); got != want {
			t.Errorf("%s: trust ran\n%s\nwant\n%s", tt.name, got, want)
		}
		for _, word := range []string{"install", "certutil"} {
			if ran := strings.Contains(strings.Join(m.ran, "\n"), word); ran != strings.Contains(m.told.String(), word+" ") {
				t.Errorf("%s: %s ran is %v, and told was %s", tt.name, word, ran, &m.told)
			}
		}
		m.ran = nil
		if err := m.Forget(t.Context(), authority); err != nil {
			t.Errorf("%s: forget: %v", tt.name, err)
		}
		if got, want := strings.Join(m.ran, "\n"), strings.Join(tt.forget, "\n"); got != want {
			t.Errorf("%s: forget ran\n%s\nwant\n%s", tt.name, got, want)
		}
	}
}

func TestRootNeedsNoSudo(t *testing.T) {
	m := newMachine(t, "linux", []string{debian}, []string{"update-ca-certificates", "sudo", "certutil"}, []string{chromium + "/cert9.db"})
	m.IsRoot, m.SudoUser = true, "alice"
	if err := m.Trust(t.Context(), authority); err != nil {
		t.Fatal(err)
	}
	if want := "install -m 644 FILE " + debian + "/" + kept + "\n/bin/update-ca-certificates"; strings.Join(m.ran, "\n") != want {
		t.Errorf("ran %q, want %q: neither sudo, nor the browsers of alice", m.ran, want)
	}
	if !strings.Contains(m.told.String(), "the browsers of alice are left alone") {
		t.Errorf("told %s", &m.told)
	}
}

// What one store lacks does not keep the others from trusting.
func TestWithoutRights(t *testing.T) {
	m := newMachine(t, "linux", []string{debian}, []string{"update-ca-certificates", "certutil"}, []string{chromium + "/cert9.db"})
	if err := m.Trust(t.Context(), authority); !errors.Is(err, systemtrust.ErrNeedsRoot) {
		t.Errorf("error %v, want %v", err, systemtrust.ErrNeedsRoot)
	}
	if len(m.ran) != 1 || !strings.HasPrefix(m.ran[0], "/bin/certutil -A") {
		t.Errorf("ran %q, want certutil alone", m.ran)
	}
}

func TestStoresThatCannotBeChanged(t *testing.T) {
	m := newMachine(t, "linux", []string{debian}, nil, []string{firefox + "/cert9.db"})
	if err := m.Trust(t.Context(), authority); !errors.Is(err, systemtrust.ErrNoPlace) {
		t.Errorf("error %v, want %v", err, systemtrust.ErrNoPlace)
	}
	if !strings.Contains(m.told.String(), "libnss3-tools") {
		t.Errorf("told %s, want what to install", &m.told)
	}
	m = newMachine(t, "linux", []string{debian}, []string{"update-ca-certificates", "sudo", "certutil"}, []string{chromium + "/cert9.db"})
	m.fail = "install"
	if err := m.Trust(t.Context(), authority); err == nil || len(m.ran) != 2 || !strings.Contains(m.ran[1], "certutil") {
		t.Errorf("error %v after %q, want one, with the browser done", err, m.ran)
	}
	m.ran, m.fail = nil, "-L"
	if err := m.Forget(t.Context(), authority); err != nil || len(m.ran) != 1 || !strings.Contains(m.told.String(), "is not in") {
		t.Errorf("forget of what is nowhere: %v, ran %q", err, m.ran)
	}
}
