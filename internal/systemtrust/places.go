package systemtrust

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// places returns the stores of the machine. file has the certificate.
func (m *Machine) places(a Authority, file string) []place {
	var all []place
	switch m.OS {
	case "linux":
		all = m.linux(a, file)
	case "darwin":
		all = m.darwin(a, file)
	}
	return append(all, m.browsers(a, file)...)
}

// linuxStores are the directories of the distributions for own authorities, and the
// commands that read them.
var linuxStores = []struct {
	dir, command  string
	trust, forget []string // arguments of the command
}{
	{"/usr/local/share/ca-certificates", "update-ca-certificates", nil, []string{"--fresh"}},          // Debian, Ubuntu, Alpine: without it a dead link stays
	{"/etc/pki/ca-trust/source/anchors", "update-ca-trust", []string{"extract"}, []string{"extract"}}, // Fedora, RHEL
	{"/etc/ca-certificates/trust-source/anchors", "update-ca-trust", nil, nil},                        // Arch
	{"/etc/pki/trust/anchors", "update-ca-certificates", nil, nil},                                    // openSUSE
}

func (m *Machine) linux(a Authority, file string) []place {
	for _, s := range linuxStores {
		dir, command := m.Root+s.dir, m.find(s.command)
		if !exists(dir) || command == "" {
			continue
		}
		kept := filepath.Join(dir, a.slug()+".crt")
		update := func(args []string) step { return step{true, append([]string{command}, args...)} }
		return []place{{
			name:   "the system's authorities in " + dir,
			trust:  []step{{true, []string{"install", "-m", "644", file, kept}}, update(s.trust)},
			forget: []step{{true, []string{"rm", kept}}, update(s.forget)},
			has:    func(context.Context) bool { return exists(kept) },
		}}
	}
	return nil
}

const systemKeychain = "/Library/Keychains/System.keychain"

func (m *Machine) darwin(a Authority, file string) []place {
	security := m.find("security")
	if security == "" {
		return nil
	}
	return []place{{
		name:   "the system's keychain",
		trust:  []step{{true, []string{security, "add-trusted-cert", "-d", "-r", "trustRoot", "-k", systemKeychain, file}}},
		forget: []step{{true, []string{security, "remove-trusted-cert", "-d", file}}, {true, []string{security, "delete-certificate", "-c", a.Name, systemKeychain}}},
		has: func(ctx context.Context) bool {
			return m.Ask(ctx, []string{security, "find-certificate", "-c", a.Name, systemKeychain}) == nil
		},
	}}
}

// databases are where browsers keep their own authorities (NSS), below the home of
// their user.
var databases = []string{
	".pki/nssdb", "snap/chromium/current/.pki/nssdb", // Chromium and Chrome on Linux
	".mozilla/firefox/*", "snap/firefox/common/.mozilla/firefox/*", ".var/app/org.mozilla.firefox/.mozilla/firefox/*",
	"Library/Application Support/Firefox/Profiles/*",
}

// browsers returns the stores of the user's browsers. Those of somebody who came by
// sudo are left alone: the files would become root's.
func (m *Machine) browsers(a Authority, file string) []place {
	var found []string
	for _, pattern := range databases {
		matches, _ := filepath.Glob(filepath.Join(m.Home, pattern, "cert9.db"))
		found = append(found, matches...)
	}
	certutil := m.find("certutil")
	switch {
	case m.SudoUser != "":
		fmt.Fprintf(m.Told, "gatehouse: the browsers of %s are left alone: run this again without sudo for them\n", m.SudoUser)
		return nil
	case len(found) > 0 && certutil == "":
		fmt.Fprintf(m.Told, "gatehouse: browsers with own authorities were found, and certutil is missing, which changes them: install libnss3-tools (Debian), nss-tools (Fedora) or nss (Arch, Homebrew), and run this again\n")
		return nil
	}
	var all []place
	for _, path := range found {
		all = append(all, m.browser(a, file, certutil, filepath.Dir(path)))
	}
	return all
}

func (m *Machine) browser(a Authority, file, certutil, dir string) place {
	call := func(do string, args ...string) []string {
		return append([]string{certutil, do, "-d", "sql:" + dir, "-n", a.Name}, args...)
	}
	return place{
		name:   "the browser's authorities in " + dir,
		trust:  []step{{false, call("-A", "-t", "C,,", "-i", file)}},
		forget: []step{{false, call("-D")}},
		has:    func(ctx context.Context) bool { return m.Ask(ctx, call("-L")) == nil },
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
