package proxy

import (
	"strings"
	"testing"
	"time"
)

// others are spellings of names that some application takes for ours, and no browser does.
var others = []string{
	"%5Fpomerium", "_pomer%69um", "%255Fpomerium", "%25255Fpomerium", "_p%6fmerium", ".pomerium", "+pomerium", "[pomerium", "%2epomerium", "%2Bpomerium", "%5Bpomerium",
	"_pomerium[]", "_pomerium[a]", "_pomerium%5Ba%5D", "_POMERIUM", "_Pomerium", `"_pomerium"`, "'_pomerium'", "%22_pomerium%22", "_pomerium%00", "_pome%0Arium", "_pomerium%20", "%20_pomerium",
	"__Host-%5Fpomerium", "__host-_pomerium", "%5F%5FHost-_pomerium", "__Host-.pomerium", "..Host-_pomerium", "__Secure-_pomerium", "__Http-_pomerium", "__Host-Http-_pomerium",
	"CF%5FAuthorization", "CF.Authorization", "cf_authorization", "CF+Authorization", "CF[Authorization", "CF_Authorization[0]", "CF%5BAuthorization", "__Host-CF.Binding", `"CF_Authorization"`,
	"_gatehouse%5Fbrowser", ".gatehouse.browser", "_GATEHOUSE_browser", "__Host-_gatehouse.attempt",
}

// No application gets a cookie that it could take for ours, wherever it stands in the
// header: with it, somebody else's session or token would be the person's there.
func TestNoSpellingOfOurCookiesReachesAnApplication(t *testing.T) {
	c := newCookies(Cookie{}, &keys{}, newOtherFront(), time.Now)
	for _, name := range others {
		for _, line := range []string{
			"NAME=evil", " NAME =evil", "NAME", "=NAME=evil", "NAME=\"evil\"", "NAME=", "a=1;NAME=evil", "a=1;  NAME=evil;b=2", "a=1; NAME=evil; b=2", "a=\"1; NAME=evil; b=2\"",
			"$Version=1; NAME=evil; $Path=/", "a=1, NAME=evil", "a=1,NAME=evil; b=2", "a=1;;NAME=evil", "a=1;\tNAME=evil",
		} {
			line = strings.ReplaceAll(line, "NAME", name)
			if got := c.strip(line); strings.Contains(got, "evil") || strings.Contains(got, name) {
				t.Errorf("of %q, %q goes on", line, got)
			}
		}
		if c.settable(name + "=evil") {
			t.Errorf("an application may set %s", name)
		}
	}
}

// The cookies of applications go on as they came.
func TestCookiesOfApplicationsGoOn(t *testing.T) {
	c := newCookies(Cookie{}, &keys{}, newOtherFront(), time.Now)
	for _, line := range []string{
		"a=1", "a=1; b=2", "a=1;b=2", `prefs={"x":1,"y":2}; b=2`, "a=%5Fpomerium", "a=_pomerium; b=CF_Authorization", "__Host-id=x; __Secure-id=y", "a.b=1; a[b]=2; a%20b=3", "x_pomerium=1", "_pomerium2=1", "_ga=GA1.2.3; _gat=1",
		"SESSION=x", "$Version=1; a=b", "a=x,b=y,c=z", "flag", "=value", `q="a b"`, "gatehouse_=1", "ä=ö",
	} {
		if got := c.strip(line); got != line {
			t.Errorf("of %q, %q goes on, want all of it", line, got)
		}
	}
}

// One rule says whose session a request has: that of the cookies with exactly our name, if
// they agree.
func TestWhichSessionOfACookieHeaderCounts(t *testing.T) {
	w := newWorld(t, nil)
	mine, _ := w.knownSession("app.example.com", map[string]any{"cognito:groups": []any{"mine"}})
	theirs, _ := w.knownSession("app.example.com", map[string]any{"cognito:groups": []any{"theirs"}})
	elsewhere, _ := w.knownSession("admin.example.com", nil)
	for what, tt := range map[string]struct {
		lines  []string
		signed bool
	}{
		"the name":                    {[]string{"NAME=MINE"}, true},
		"no space":                    {[]string{"a=1;NAME=MINE;b=2"}, true},
		"a tab":                       {[]string{"a=1;\tNAME=MINE"}, true},
		"quotes":                      {[]string{`NAME="MINE"`}, true},
		"a version":                   {[]string{`$Version=1; NAME=MINE; $Path=/`}, true},
		"two headers":                 {[]string{"a=1", "NAME=MINE"}, true},
		"twice the same":              {[]string{"NAME=MINE; NAME=MINE"}, true},
		"the same in two headers":     {[]string{"NAME=MINE", "NAME=MINE"}, true},
		"with one that is none":       {[]string{"NAME=garbage; NAME=MINE"}, true},
		"before one that is none":     {[]string{"NAME=MINE; NAME="}, true},
		"with that of another host":   {[]string{"NAME=OTHERHOST; NAME=MINE"}, true},
		"of another host alone":       {[]string{"NAME=OTHERHOST"}, false},
		"two sessions":                {[]string{"NAME=MINE; NAME=THEIRS"}, false},
		"two sessions in two headers": {[]string{"NAME=THEIRS", "NAME=MINE"}, false},
		"another case":                {[]string{"__host-_POMERIUM=MINE"}, false},
		"encoded":                     {[]string{"__Host-%5Fpomerium=MINE"}, false},
		"with dots":                   {[]string{"__Host-.pomerium=MINE"}, false},
		"a name in quotes":            {[]string{`"__Host-_pomerium"=MINE`}, false},
		"a space in front of =":       {[]string{"__Host-_pomerium =MINE"}, false},
		"without a prefix":            {[]string{"_pomerium=MINE"}, false},
		"another prefix":              {[]string{"__Secure-_pomerium=MINE"}, false},
		"no name":                     {[]string{"=__Host-_pomerium=MINE"}, false},
		"after a comma":               {[]string{"a=1, NAME=MINE"}, false},
		"encoded, of somebody else":   {[]string{"NAME=MINE; __Host-%5Fpomerium=THEIRS"}, true},
		"inside a value":              {[]string{`a="1 NAME=MINE"`}, false},
	} {
		request := "GET / HTTP/1.1\nHost: app.example.com:" + port + "\nAccept: application/json\n"
		for _, line := range tt.lines {
			request += "Cookie: " + strings.NewReplacer("NAME", mine.Name, "MINE", mine.Value, "THEIRS", theirs.Value, "OTHERHOST", elsewhere.Value).Replace(line) + "\n"
		}
		status := w.raw(request + "\n")
		got := w.Upstream.Got()
		if (status == 200) != tt.signed || (got != nil) != tt.signed {
			t.Errorf("%s: got %d, and a request at the application: %t; want %t", what, status, got != nil, tt.signed)
		}
		if got != nil && (strings.Contains(strings.Join(got.Header["Cookie"], ";"), mine.Value) || got.Header.Get("X-Groups") != "mine") {
			t.Errorf("%s: the application got Cookie %q of %s", what, got.Header["Cookie"], got.Header.Get("X-Groups"))
		}
	}
}
