package config

import (
	"strconv"
	"time"

	"gatehouse/internal/base/settings"
)

// RequestLimit says how many requests one caller may send to a route. The addresses of
// an IPv6 network (/64) are one caller.
type RequestLimit struct {
	// How many requests, from 1.
	Requests int `key:"requests"`

	// Within which time. So many requests may come at once; after that they come back
	// evenly over this time.
	Per time.Duration `key:"per" default:"1m"`
}

func (k *checker) checkRequestLimit(key string, l *RequestLimit) {
	if l == nil {
		return
	}
	if l.Requests < 1 || l.Requests > 1_000_000 {
		k.fail(key+".requests", settings.Quote(strconv.Itoa(l.Requests)), "a number from 1 to 1000000", "")
	}
	if l.Per < time.Second || l.Per > 24*time.Hour {
		k.fail(key+".per", settings.Quote(l.Per.String()), "a time from 1s to 24h", "")
	}
}
