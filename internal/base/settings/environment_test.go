package settings_test

import (
	"encoding/base64"
	"testing"

	"gatehouse/internal/base/settings"
)

func TestVariableOverridesTheFile(t *testing.T) {
	o := read(t, "address: ':1'\nlevel: warn\ntimeout: wrong\n", "ADDRESS=:2", "LEVEL=", "TIMEOUT=1h", "HOME_DIR=/x")
	equal(t, "address", o.Address, ":2")
	equal(t, "level, whose variable is empty", o.Level, "warn")
	equal(t, "timeout", o.Timeout.String(), "1h0m0s")
}

func TestVariableCreatesItsStruct(t *testing.T) {
	equal(t, "mail", *read(t, "", "MAIL_HOST=a").Mail, mail{Host: "a", Port: 587})
	equal(t, "mail", *read(t, "mail: {host: a}", "MAIL_PORT=1").Mail, mail{Host: "a", Port: 1})
	if o := read(t, "mail:\n", "MAIL=/var/mail", "MAIL_OTHER=x"); o.Mail != nil {
		t.Errorf("got %v, want no mail", o.Mail)
	}
}

func TestListAndMapInOneVariable(t *testing.T) {
	o := read(t, "", "NAMES= a , b,", `LABELS={"A": "1", "B": "2"}`)
	equal(t, "names", o.Names, []string{"a", "b"})
	equal(t, "labels", o.Labels, map[string]string{"A": "1", "B": "2"})
	equal(t, "names as JSON", read(t, "", `NAMES=["a,b"]`).Names, []string{"a,b"})
}

func TestBase64OfYAML(t *testing.T) {
	encoded := base64.StdEncoding.EncodeToString([]byte("- {from: a, to: b/c}\n"))
	equal(t, "routes", read(t, "", "ROUTES="+encoded).Routes, []route{{From: "a", To: pair{"b", "c"}, At: "routes[0] environment variable ROUTES"}})
}

func TestFaultsOfVariablesShowNoSecrets(t *testing.T) {
	tests := []struct{ variable, want string }{
		{"ROUTES=s3cret!", "routes: the text is not base64 of a YAML list (environment variable ROUTES)"},
		{"LABELS=s3cret", "labels: the text is not a map, written as JSON (environment variable LABELS)"},
		{"NAMES=[s3cret", "names: the text is not a list, written as JSON (environment variable NAMES)"},
	}
	for _, tt := range tests {
		_, err := decode(open("", tt.variable))
		if err == nil || err.Error() != tt.want {
			t.Errorf("got %v, want %s", err, tt.want)
		}
	}
}

func TestProgramAddsAValue(t *testing.T) {
	d := open("address: a\n", "OTHER=b")
	equal(t, "names", d.EnvNames(), []string{"OTHER"})
	d.Root.Put("Address", settings.Text(d.Env("OTHER"), settings.Place{Variable: "OTHER"}))
	o, err := decode(d)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "address", o.Address, "b")
	equal(t, "the node", d.Root.Get("ADDRESS").Text, "b")
}
