package risk

import (
	"math"
	"time"
)

// Place is where an address is used, as far as a file of such places knows.
type Place struct {
	City      string  `json:",omitempty"`
	Country   string  `json:",omitempty"`
	Latitude  float64 `json:",omitempty"`
	Longitude float64 `json:",omitempty"`
}

// What nobody travels. The files of places are often wrong by some hundred
// kilometres, so short ways count as none.
const (
	shortWay     = 500.0  // km
	fastestSpeed = 1000.0 // km/h
)

// tooFast reports whether nobody gets from one place to the other in the time.
func tooFast(from, to Place, in time.Duration) bool {
	way := kilometres(from, to)
	return way > shortWay && way > fastestSpeed*max(in, 0).Hours()
}

// earthRadius is in kilometres.
const earthRadius = 6371

// kilometres returns the distance between two places along the surface.
func kilometres(a, b Place) float64 {
	rad := math.Pi / 180
	dLat, dLong := (b.Latitude-a.Latitude)*rad, (b.Longitude-a.Longitude)*rad
	h := math.Pow(math.Sin(dLat/2), 2) + math.Cos(a.Latitude*rad)*math.Cos(b.Latitude*rad)*math.Pow(math.Sin(dLong/2), 2)
	return 2 * earthRadius * math.Asin(math.Min(1, math.Sqrt(h)))
}
