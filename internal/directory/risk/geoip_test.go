package risk_test

import (
	"net/netip"
	"testing"

	"gatehouse/internal/directory/risk"
	"gatehouse/internal/testing/mmdb"
)

func TestPlacesOfAddresses(t *testing.T) {
	cologne := risk.Place{City: "Cologne", Country: "Germany", Latitude: 50.94, Longitude: 6.96}
	file := mmdb.File(map[string]mmdb.Place{
		"192.0.2.0/24":    {City: "Cologne", Country: "Germany", Latitude: 50.94, Longitude: 6.96},
		"198.51.100.0/25": {Country: "Australia"},
	})
	locate, err := risk.Places(file)
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]risk.Place{
		"192.0.2.1": cologne, "192.0.2.255": cologne,
		"192.0.3.1": {}, "198.51.100.200": {}, "2001:db8::1": {}, "127.0.0.1": {},
	} {
		got, known := locate(netip.MustParseAddr(address))
		if got != want || known != (want != risk.Place{}) {
			t.Errorf("%s is at %+v, %v, want %+v", address, got, known, want)
		}
	}
	for what, file := range map[string][]byte{"nothing": nil, "a text": []byte("no places"), "half a file": file[:len(file)/2]} {
		if _, err := risk.Places(file); err == nil {
			t.Errorf("%s was read as a file of places", what)
		}
	}
}
