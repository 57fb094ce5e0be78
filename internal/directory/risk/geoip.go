package risk

import (
	"fmt"
	"net/netip"

	"github.com/oschwald/maxminddb-golang/v2"
)

// Places reads a file in the format of MaxMind (.mmdb) that says where addresses are
// used, and returns what [Config] takes. The file must have coordinates, as those of
// cities have.
func Places(file []byte) (func(netip.Addr) (Place, bool), error) {
	db, err := maxminddb.OpenBytes(file)
	if err != nil {
		return nil, fmt.Errorf("read a file of places: %w", err)
	}
	return func(a netip.Addr) (Place, bool) { return lookUp(db, a) }, nil
}

// record is what the files of cities of MaxMind, and of those who follow it, say of a
// network.
type record struct {
	City     named `maxminddb:"city"`
	Country  named `maxminddb:"country"`
	Location struct {
		Latitude  *float64 `maxminddb:"latitude"`
		Longitude *float64 `maxminddb:"longitude"`
	} `maxminddb:"location"`
}

type named struct {
	Names map[string]string `maxminddb:"names"`
}

// lookUp returns false for an address of which the file does not know where it is. A
// broken record counts as none: nobody is refused for it.
func lookUp(db *maxminddb.Reader, a netip.Addr) (Place, bool) {
	var r record
	found := db.Lookup(a)
	if !found.Found() || found.Decode(&r) != nil || r.Location.Latitude == nil || r.Location.Longitude == nil {
		return Place{}, false
	}
	return Place{City: r.City.Names["en"], Country: r.Country.Names["en"], Latitude: *r.Location.Latitude, Longitude: *r.Location.Longitude}, true
}
