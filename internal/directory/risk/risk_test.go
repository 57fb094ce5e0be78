package risk

import (
	"encoding/base64"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/userpool"
)

func TestPublishedPasswords(t *testing.T) {
	own, err := BuiltIn().With(strings.NewReader("Tr0ub4dor&3\r\n\nE22CF8A1A0A1E6C2F1B5B0C3D4E5F60718293A4B:17\n5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8\nnot:a hash\n"))
	if err != nil {
		t.Fatal(err)
	}
	for password, want := range map[string]bool{
		"password": true, "Password123!": true, "Summer2024!": true, "123456": true, "!QAZ2wsx": true, "P@$$w0rd": true,
		"Right-Horse-7": false, "": false, "=123456": false, "Tr0ub4dor&3": false,
	} {
		if got := BuiltIn().Has(seal.Secret(password)); got != want {
			t.Errorf("%q is in the built-in list: %v, want %v", password, got, want)
		}
	}
	for _, password := range []string{"Tr0ub4dor&3", "not:a hash", "password"} {
		if !own.Has(seal.Secret(password)) {
			t.Errorf("%q is not in the list with our own", password)
		}
	}
	if got, want := own.Len(), BuiltIn().Len()+3; got != want {
		t.Errorf("%d passwords, want %d: an empty line is none, and one was there before", got, want)
	}
	if _, err := BuiltIn().With(strings.NewReader("fine\n\xff\n")); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("a line that is not UTF-8: %v", err)
	}
	if _, err := BuiltIn().With(strings.NewReader(strings.Repeat("x", 1<<20))); err == nil {
		t.Error("a line of a megabyte was read")
	}
}

// What a failed download leaves is no list.
func TestFilesThatAreNoListOfPasswords(t *testing.T) {
	for text, want := range map[string]string{
		"": "it has no passwords", "\n\r\n\n": "it has no passwords", "# a list\n\n# of nothing\n": "it has no passwords", "#\n": "it has no passwords",
		"<!DOCTYPE html>\n<p>Not found</p>": "it is a page", "\ufeff<html>": "it is a page", "<?xml version='1.0'?>\n<Error/>": "it is a page",
		"\x1f\x8b\x08\x00": "line 1", "good\nPK\x03\x04\n": "line 2 has control characters", "a\x00b\n": "line 1 has control characters", "a\x7f": "line 1 has control",
	} {
		if _, err := BuiltIn().With(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	all, err := BuiltIn().With(strings.NewReader("# ours\n#Blue-Horse-1\nRed-Horse-2\ta\n<tag>\n"))
	if err != nil || !all.Has("#Blue-Horse-1") || !all.Has("Red-Horse-2\ta") || !all.Has("<tag>") {
		t.Errorf("%v, want a list with every line", err)
	}
}

func TestNetworks(t *testing.T) {
	for _, test := range []struct {
		text, address string
		want          bool
	}{
		{"192.0.2.0/24", "192.0.2.255", true},
		{"192.0.2.7/24", "192.0.2.1", true},
		{"192.0.2.0/24", "192.0.3.1", false},
		{"192.0.2.1", "192.0.2.1", true},
		{"::ffff:192.0.2.0/120", "192.0.2.9", true},
		{"2001:db8::/32", "2001:db8:1::1", true},
		{"2001:db8::/32", "192.0.2.1", false},
		{"0.0.0.0/0", "2001:db8::1", false},
	} {
		if got := within(netip.MustParseAddr(test.address), []string{test.text}); got != test.want {
			t.Errorf("%s in %s: %v, want %v", test.address, test.text, got, test.want)
		}
	}
	if within(netip.Addr{}, []string{"0.0.0.0/0", "::/0"}) {
		t.Error("an unknown address is in a range")
	}
	for _, text := range []string{"", "x", "192.0.2.0/33", "fe80::1%eth0", "::ffff:0.0.0.0/90", "192.0.2.0/ 24"} {
		s := Settings{Exceptions: &Exceptions{Skipped: []string{text}}}
		if err := s.check(); err == nil {
			t.Errorf("the range %q was taken", text)
		}
	}
}

func TestNobodyTravelsSoFast(t *testing.T) {
	cologne, bonn, sydney := Place{Latitude: 50.94, Longitude: 6.96}, Place{Latitude: 50.73, Longitude: 7.1}, Place{Latitude: -33.87, Longitude: 151.21}
	if km := kilometres(cologne, sydney); km < 16400 || km > 16700 {
		t.Errorf("%.0f km from Cologne to Sydney", km)
	}
	for _, test := range []struct {
		to   Place
		in   time.Duration
		want bool
	}{{bonn, 0, false}, {sydney, time.Hour, true}, {sydney, 16 * time.Hour, true}, {sydney, 17 * time.Hour, false}, {sydney, -time.Hour, true}} {
		if got := tooFast(cologne, test.to, test.in); got != test.want {
			t.Errorf("in %s: %v, want %v", test.in, got, test.want)
		}
	}
}

func TestWhoSaysFromWhere(t *testing.T) {
	from := token.Visitor{Address: "192.0.2.1", UserAgent: "agent"}
	trusted := &userpool.Client{Settings: userpool.ClientSettings{TellsAddresses: true}, Secrets: []userpool.ClientSecret{{}}}
	open := &userpool.Client{Settings: userpool.ClientSettings{TellsAddresses: true}} // its secrets were deleted
	if got := OfUser(from, trusted, "198.51.100.1", "x"); got != (Visit{Visitor: token.Visitor{Address: "198.51.100.1"}, Encoded: "x", Relayed: true}) {
		t.Errorf("a client that may: %+v", got)
	}
	if got := OfUser(from, trusted, "", ""); got.Visitor != from {
		t.Errorf("a client that says nothing: %+v", got)
	}
	if got := OfUser(from, open, "198.51.100.1", ""); got.Visitor != from {
		t.Errorf("a client without a secret: %+v", got)
	}
}

// Whatever a device sends, what is kept of it is short and fit to show.
func FuzzWhatADeviceSays(f *testing.F) {
	f.Add(`{"payload":"{\"contextData\":{\"UserAgent\":\"Firefox/1\",\"DeviceId\":\"d\",\"ClientTimezone\":\"01:00\"}}"}`, "Mozilla/5.0 Chrome/1")
	f.Add(`{"payload":"{}"}`, "")
	f.Add(`[]`, "\x00")
	f.Fuzz(func(t *testing.T, said, agent string) {
		e := New(Config{})
		h, err := e.here(Visit{Visitor: token.Visitor{UserAgent: agent}, Encoded: base64.StdEncoding.EncodeToString([]byte(said))})
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{h.device, h.mark, h.timezone} {
			if len(text) > 600 || strings.ContainsFunc(text, unicode.IsControl) {
				t.Errorf("kept %q", text)
			}
		}
	})
}
