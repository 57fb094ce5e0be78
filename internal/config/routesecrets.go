package config

import (
	"cmp"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/base/pattern"
	"gatehouse/internal/base/settings"
)

// Secrets are credentials that routes send, and that stand in files of their own.
type Secrets struct {
	// The credentials, a map of a name of your choice (letters, digits, `_` and `-`) to
	// its file: `{api-token: {url: "file:///etc/gatehouse/api-token"}}`. One line break at
	// the end of the file is left out. Of a file of JSON, a fragment names the text,
	// number or boolean that is meant: `file:///etc/gatehouse/all.json#data.token`.
	// `stale_grace` is how long the last credential is sent on while the file cannot be
	// read, from the last time that it could; `refresh` is accepted.
	Bindings map[string]SecretBinding `key:"bindings"`

	// What applies to the bindings that do not say it.
	Defaults *SecretDefaults `key:"defaults"`
}

// SecretBinding is a credential in a file.
type SecretBinding struct {
	// The file, as a URL: `file:///etc/gatehouse/api-token`. One line break at its end is
	// left out. Of a file of JSON, a fragment names the text, number or boolean that is
	// meant: `file:///etc/gatehouse/all.json#data.token`.
	URL string `key:"url"`

	// How often the file is read again at least. Every second is often enough for any
	// value.
	Refresh *time.Duration `key:"refresh"`

	// How long the last credential is sent on while the file cannot be read, from the
	// last time that it could.
	StaleGrace *time.Duration `key:"stale_grace"`
}

// SecretDefaults are what counts for the credentials that do not say it.
type SecretDefaults struct {
	// As `refresh` of a binding.
	Refresh time.Duration `key:"refresh" default:"5m"`

	// As `stale_grace` of a binding.
	StaleGrace time.Duration `key:"stale_grace" default:"30m"`

	// How long to wait before a missing file is looked for again, at most. Every second
	// is often enough for any value.
	NegativeTTL time.Duration `key:"negative_ttl" default:"30s"`
}

// defaultStaleGrace is the grace if the file has no defaults.
const defaultStaleGrace = 30 * time.Minute

// minRefresh is Pomerium's least value of refresh.
const minRefresh = time.Second

// SecretFile is a binding, taken apart.
type SecretFile struct {
	Name  string
	Path  string
	Field []string // where the value is in a document of JSON; empty: the file is the value
	Grace time.Duration
}

// SecretFiles returns the bindings of a valid configuration, in the order of their names.
func (c *Config) SecretFiles() (files []SecretFile) {
	if c.Secrets == nil {
		return nil
	}
	grace := defaultStaleGrace
	if c.Secrets.Defaults != nil {
		grace = c.Secrets.Defaults.StaleGrace
	}
	for _, name := range sortedKeys(c.Secrets.Bindings) {
		b := c.Secrets.Bindings[name]
		u, err := url.Parse(b.URL)
		if err != nil {
			continue
		}
		files = append(files, SecretFile{Name: name, Path: u.Path, Field: fieldOf(u), Grace: *cmp.Or(b.StaleGrace, &grace)})
	}
	return files
}

// fieldOf returns the dotted path in the fragment of a URL.
func fieldOf(u *url.URL) []string {
	if u.Fragment == "" {
		return nil
	}
	return strings.Split(u.Fragment, ".")
}

// secretName is how Pomerium spells the name of a binding.
var secretName = pattern.New(`^[a-zA-Z0-9_][a-zA-Z0-9_-]*$`)

// secretReference matches a reference to a secret in the value of a header.
var secretReference = pattern.New(`\$\{\s*secret\.([^}]*)\}`)

// secretsIn returns the names of the secrets to which the value of a header refers.
func secretsIn(value string) (names []string) {
	value = strings.ReplaceAll(value, "$$", "") // one dollar sign, and no reference
	for _, found := range secretReference.FindAllStringSubmatch(value, -1) {
		names = append(names, strings.TrimSpace(found[1]))
	}
	return names
}

// checkSecrets checks the bindings.
func (k *checker) checkSecrets() {
	s := k.c.Secrets
	if s == nil {
		return
	}
	if d := s.Defaults; d != nil {
		k.refresh("secrets.defaults.refresh", d.Refresh)
	}
	for _, name := range sortedKeys(s.Bindings) {
		path, b := "secrets.bindings."+name, s.Bindings[name]
		if !secretName.MatchString(name) {
			k.fail(path, settings.Quote(name), "a name of letters, digits, _ and -, which does not begin with -", "")
		}
		k.secretURL(path+".url", b.URL)
		if b.Refresh != nil {
			k.refresh(path+".refresh", *b.Refresh)
		}
	}
}

func (k *checker) secretURL(path, text string) {
	u, err := url.Parse(text)
	const form = "write it like file:///etc/gatehouse/token, or file:///etc/gatehouse/all.json#data.token for a value in a file of JSON"
	switch {
	case text == "":
		k.missing(path, form)
	case strings.Contains(text, "${"):
		k.fail(path, "a reference in the URL", "", "write the path of the file as it is")
	case err != nil || u.Scheme != "file" || u.Host != "" || !strings.HasPrefix(u.Path, "/") || u.User != nil || u.RawQuery != "" || u.ForceQuery:
		k.fail(path, settings.QuoteURL(text), "the URL of a file, with three slashes and no query", form)
	case slices.Contains(fieldOf(u), ""):
		k.fail(path, settings.QuoteURL(text), "the URL of a file with the names of a value after #", form)
	}
}

func (k *checker) refresh(path string, d time.Duration) {
	if d < minRefresh {
		k.fail(path, settings.Quote(d.String()), fmt.Sprintf("a duration of %s or more", minRefresh), "")
	}
}

// checkReferences checks that the secrets exist that the headers of requests name.
func (k *checker) checkReferences(path string, headers map[string]string) {
	var known []string
	if k.c.Secrets != nil {
		known = sortedKeys(k.c.Secrets.Bindings)
	}
	for _, header := range sortedKeys(headers) {
		for _, name := range secretsIn(headers[header]) {
			switch at := path + "." + header; {
			case !secretName.MatchString(name):
				k.fail(at, settings.Quote("${secret."+name+"}"), "a reference to a secret", "write ${secret.NAME}, with the name of one of secrets.bindings")
			case !slices.Contains(known, name):
				k.fail(at, "secrets.bindings has no secret "+settings.Quote(name), "", cmp.Or(settings.Suggest(name, known), "add it there: {"+name+": {url: file:///etc/gatehouse/"+name+"}}"))
			}
		}
	}
}

// refuseReferences refuses references in the headers of answers, as Pomerium does: a
// credential is for the upstream alone.
func (k *checker) refuseReferences(path string, headers map[string]string) {
	for _, header := range sortedKeys(headers) {
		if names := secretsIn(headers[header]); len(names) > 0 {
			k.fail(path+"."+header, "a secret in the header of an answer", "", "secrets are for set_request_headers")
		}
	}
}

// warnSecrets names the secrets whose files are not there.
func (c *Config) warnSecrets() {
	for _, f := range c.SecretFiles() {
		if _, err := os.Stat(f.Path); err != nil {
			c.Warnings = append(c.Warnings, "secrets.bindings."+f.Name+": the file "+f.Path+" cannot be read here: requests that need it get 503")
		}
	}
}
