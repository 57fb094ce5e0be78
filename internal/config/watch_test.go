package config_test

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
)

// watched is a file under the eyes of Watch, and what Watch told.
type watched struct {
	t        *testing.T
	dir      string
	now      chan os.Signal
	versions []string // the cookie names of the configurations delivered
	faults   []string
}

// watch runs steps while a file that names a secret in another is watched.
func watch(t *testing.T, first string, steps func(w *watched)) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		w := &watched{t: t, dir: dir, now: make(chan os.Signal)}
		w.write("client", "one")
		w.write("config.yaml", first)
		c, err := config.Load(settings.Source{Path: filepath.Join(dir, "config.yaml")}, refuseForbidden)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			config.Watch(ctx, c, w.now, func(c *config.Config) {
				w.versions = append(w.versions, c.CookieName+" "+c.IDPClientSecret.Reveal())
			}, func(err error) { w.faults = append(w.faults, err.Error()) })
		}()
		steps(w)
		cancel()
		<-done
	})
}

// refuseForbidden is a further check, as that of the policies is.
func refuseForbidden(c *config.Config) []settings.Fault {
	if c.CookieName != "forbidden" {
		return nil
	}
	return []settings.Fault{c.Fault("cookie_name", "forbidden", "", "")}
}

// A reload reports the faults of the further checks with all others.
func TestWatchMakesTheFurtherChecksAgain(t *testing.T) {
	watch(t, "cookie_name: zero\n", func(w *watched) {
		w.write("config.yaml", "cookie_name: forbidden\ncookie_same_site: loose\n")
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if len(w.versions) != 0 || len(w.faults) != 1 || !strings.Contains(w.faults[0], "cookie_name: forbidden") || !strings.Contains(w.faults[0], "cookie_same_site") {
			t.Errorf("got the configurations %v and the faults %q, want both faults at once", w.versions, w.faults)
		}
	})
}

func (w *watched) write(name, text string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *watched) file(cookie string) string {
	return "cookie_name: " + cookie + "\nidp_provider: google\nidp_client_id: a\nidp_client_secret_file: " + filepath.Join(w.dir, "client") + "\n"
}

// pass lets a time pass and compares what was told since the start.
func (w *watched) pass(d time.Duration, versions, faults []string) {
	w.t.Helper()
	time.Sleep(d)
	synctest.Wait()
	equal(w.t, "versions", w.versions, versions)
	equal(w.t, "faults", w.faults, faults)
}

func TestWatchCallsOnChangeForValidFilesOnly(t *testing.T) {
	watch(t, "cookie_name: zero\n", func(w *watched) {
		w.pass(10*time.Second, nil, nil)
		w.write("config.yaml", w.file("one"))
		w.pass(3*time.Second, []string{"one one"}, nil)
		w.write("client", "two\n")
		w.pass(3*time.Second, []string{"one one", "one two"}, nil)

		wrong := `log_level: "loud" is not one of trace, debug, info, warn, error, fatal, panic, disabled (` + filepath.Join(w.dir, "config.yaml") + ":5)"
		w.write("config.yaml", w.file("two")+"log_level: loud\n")
		w.pass(time.Minute, []string{"one one", "one two"}, []string{wrong})
		w.write("client", "three")
		w.pass(3*time.Second, []string{"one one", "one two"}, []string{wrong, wrong})
		w.write("config.yaml", w.file("three"))
		w.pass(3*time.Second, []string{"one one", "one two", "three three"}, []string{wrong, wrong})
	})
}

func TestWatchWaitsUntilTheFileIsComplete(t *testing.T) {
	watch(t, "cookie_name: zero\n", func(w *watched) {
		time.Sleep(500 * time.Millisecond)
		for _, half := range []string{"cookie", "cookie_n", "cookie_name: o", "cookie_name: on"} {
			w.write("config.yaml", half)
			w.pass(time.Second, nil, nil)
		}
		w.write("config.yaml", w.file("one"))
		w.pass(3*time.Second, []string{"one one"}, nil)
	})
}

func TestWatchGoesOnWhenTheFileIsDeleted(t *testing.T) {
	watch(t, "cookie_name: zero\n", func(w *watched) {
		if err := os.Remove(filepath.Join(w.dir, "config.yaml")); err != nil {
			w.t.Fatal(err)
		}
		gone := "the file cannot be read (" + filepath.Join(w.dir, "config.yaml") + "); there is no such file"
		w.pass(10*time.Second, nil, []string{gone})
		w.write("config.yaml", w.file("back"))
		w.pass(3*time.Second, []string{"back one"}, []string{gone})
	})
}

func TestWatchCanBeTurnedOff(t *testing.T) {
	watch(t, "runtime_flags: {config_hot_reload: false}\n", func(w *watched) {
		w.write("config.yaml", w.file("one"))
		w.pass(10*time.Second, nil, nil)
		w.now <- syscall.SIGHUP
		w.pass(0, []string{"one one"}, nil)
	})
}

func TestWatchLoadsAtOnceOnASignal(t *testing.T) {
	watch(t, "cookie_name: zero\n", func(w *watched) {
		w.now <- syscall.SIGHUP
		w.pass(0, []string{"zero "}, nil)
		w.write("config.yaml", w.file("one"))
		w.now <- syscall.SIGHUP
		w.pass(0, []string{"zero ", "one one"}, nil)
		w.pass(time.Minute, []string{"zero ", "one one"}, nil) // not once more
	})
}

// An editor or a deployment that broke off leaves an empty file.
func TestWatchRefusesAFileThatBecameEmpty(t *testing.T) {
	watch(t, "cookie_name: zero\n", func(w *watched) {
		for i, text := range []string{"", "\n", "# nothing\n", "---\n", "{}\n"} {
			w.write("config.yaml", text)
			w.now <- syscall.SIGHUP
			synctest.Wait()
			if len(w.faults) != i+1 || len(w.versions) > 0 || !strings.HasPrefix(w.faults[i], "the file "+filepath.Join(w.dir, "config.yaml")+" is empty") {
				t.Fatalf("%q: versions %q, faults %q, want it refused as empty", text, w.versions, w.faults)
			}
		}
		w.write("config.yaml", w.file("back"))
		w.now <- syscall.SIGHUP
		synctest.Wait()
		equal(t, "versions", w.versions, []string{"back one"})
	})
}

// Pomerium watches the files of routes under policy alone.
func TestWatchFollowsTheFilesOfRoutesInBothLists(t *testing.T) {
	authority, _ := certificate(t, "authority")
	for _, list := range []string{"routes", "policy"} {
		watch(t, "cookie_name: zero\n", func(w *watched) {
			file := filepath.Join(w.dir, "ca.pem")
			w.write("ca.pem", authority)
			w.write("config.yaml", "cookie_name: one\n"+list+":\n  - from: https://a.example.com\n    to: https://a\n    allow_public_unauthenticated_access: true\n    tls_custom_ca_file: "+file+"\n")
			time.Sleep(10 * time.Second)
			synctest.Wait()
			w.write("ca.pem", authority+"\n"+authority)
			time.Sleep(10 * time.Second)
			synctest.Wait()
			if len(w.versions) != 2 || len(w.faults) > 0 {
				t.Errorf("%s: got the configurations %v and the faults %v, want another one after the file changed", list, w.versions, w.faults)
			}
		})
	}
}

// Each key that names a file is followed by a change of that file, a wrong one too: its
// content may be put right later.
func TestWatchFollowsEveryFileThatAKeyNames(t *testing.T) {
	for key, place := range keysThatNameFiles(t) {
		watch(t, "cookie_name: zero\n", func(w *watched) {
			file := filepath.Join(w.dir, "named")
			w.write("named", "one")
			w.write("config.yaml", fmt.Sprintf(place, key+": "+file)+"\n")
			time.Sleep(10 * time.Second)
			synctest.Wait()
			before := len(w.versions) + len(w.faults)
			w.write("named", "two")
			time.Sleep(10 * time.Second)
			synctest.Wait()
			if before != 1 || len(w.versions)+len(w.faults) != 2 {
				t.Errorf("%s: got the configurations %v and the faults %v, want one more after the file changed", key, w.versions, w.faults)
			}
		})
	}
}

// A file with nothing in it is a fault, whatever key names it: a download that failed must
// not take a revocation list or the authorities of clients away. A reload with a fault
// leaves everything as it is.
func TestAnEmptyFileIsRefusedWhateverKeyNamesIt(t *testing.T) {
	for name, content := range map[string]string{"nothing": "", "white space": " \n\t\r\n"} {
		file := write(t, "named", content)
		for key, place := range keysThatNameFiles(t) {
			_, err := config.Load(settings.Source{Path: "config.yaml", Data: []byte(fmt.Sprintf(place, key+": "+file) + "\n")})
			if err == nil || !strings.Contains(err.Error(), key+": \""+file+"\" is not a file with text in it") {
				t.Errorf("%s, %s: %v, want a fault", name, key, err)
			}
		}
	}
}

// keysThatNameFiles returns the keys whose files are read with the configuration, each with
// a configuration for it.
func keysThatNameFiles(t *testing.T) map[string]string {
	t.Helper()
	others := []string{
		"master_key_file", "geoip_file", // read once, at the start
		"tls_downstream_client_ca_file", // not offered
	}
	route := "routes: [{from: 'https://a.example.com', to: 'https://a', allow_public_unauthenticated_access: true, %s}]"
	places := map[string]string{
		"ca_file": "downstream_mtls: {%s}", "crl_file": "downstream_mtls: {%s}", "client_secret_file": "idp_providers: [{id: a, provider: google, client_id: a, %s}]",
		"tls_custom_ca_file": route, "tls_client_cert_file": route, "tls_client_key_file": route, "kubernetes_service_account_token_file": route,
		"cert": "certificates: [{%s, key: /nowhere}]", "key": "certificates: [{cert: /nowhere, %s}]",
	}
	keys := slices.DeleteFunc(keysOf(reflect.TypeFor[config.Config](), map[reflect.Type]bool{}), func(key string) bool {
		return !strings.HasSuffix(key, "_file") || slices.Contains(others, key)
	})
	if len(keys) < 10 {
		t.Fatalf("got the keys %v, want all that name files", keys)
	}
	all := map[string]string{}
	for _, key := range append(keys, "cert", "key") {
		all[key] = cmp.Or(places[key], "%s")
	}
	return all
}

// keysOf returns the keys of a type and of those inside it.
func keysOf(t reflect.Type, seen map[reflect.Type]bool) (keys []string) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || seen[t] {
		return nil
	}
	seen[t] = true
	for field := range t.Fields() {
		if key := field.Tag.Get("key"); key != "" && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
		keys = append(keys, keysOf(field.Type, seen)...)
	}
	return keys
}

// Processes with the same files say the same number, and others another.
func TestChecksum(t *testing.T) {
	of := func(file, secret string) uint32 {
		dir := t.TempDir()
		for name, text := range map[string]string{"config.yaml": file, "client": secret} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		t.Chdir(dir)
		c, err := config.Load(settings.Source{Path: "config.yaml"})
		if err != nil {
			t.Fatal(err)
		}
		return c.Checksum()
	}
	const route = "routes: [{from: https://a.example.com, response: {status: 200}, allow_public_unauthenticated_access: true}]\n"
	const file = route + "shared_secret_file: client\n"
	one, other := strings.Repeat("A", 43)+"=", strings.Repeat("B", 42)+"A="
	first := of(file, one)
	if again := of(file, one); again != first {
		t.Errorf("the same files: got %d, want %d", again, first)
	}
	if of(route, one) == first || of(file, other) == first {
		t.Errorf("other files have the same number %d", first)
	}
}
