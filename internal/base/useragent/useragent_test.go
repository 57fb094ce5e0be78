package useragent_test

import (
	"strings"
	"testing"

	"gatehouse/internal/base/useragent"
)

func TestDevice(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36":                            "Chrome 126 / Windows 10",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.2592.87":          "Edge 126 / Windows 10",
		"Mozilla/5.0 (Windows NT 6.1; Win64; x64; rv:115.0) Gecko/20100101 Firefox/115.0":                                                            "Firefox 115 / Windows 7",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15":                      "Safari 17 / macOS 10.15.7",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1":  "Safari 17 / iOS 17.5.1",
		"Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/126.0.6478.35 Mobile/15E148 Safari/604.1":      "Chrome 126 / iOS 16.6",
		"Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36": "Samsung Internet 25 / Android 14",
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/126.0.0.0 Safari/537.36":                              "Chrome 126 / Linux",
		"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 OPR/112.0.0.0":               "Opera 112 / Chrome OS",
		"Dalvik/2.1.0 (Linux; U; Android 13; Pixel 7 Build/TQ3A)":                                                                                    "unknown / Android 13",
		"aws-sdk-go-v2/1.41.0 ua/2.1 os/linux lang/go#1.26":                                                                                          "unknown",
		"Firefox/": "Firefox / unknown",
		"Mozilla/5.0 (Windows NT 12.0) Chrome/._.1": "Chrome 1 / Windows 12.0",
		"": "unknown",
	} {
		if got := useragent.Device(agent); got != want {
			t.Errorf("%s: %q, want %q", agent, got, want)
		}
	}
}

// Whatever a client sends as its user agent, the device is a short text that every
// page and log can show.
func FuzzDevice(f *testing.F) {
	f.Add("Mozilla/5.0 (Windows NT 10.0) Chrome/126.0")
	f.Add("Chrome/" + strings.Repeat("9", 5000))
	f.Fuzz(func(t *testing.T, agent string) {
		got := useragent.Device(agent)
		if got == "" || len(got) > 1024 || strings.ContainsFunc(got, func(c rune) bool { return c < ' ' || c > '~' }) {
			t.Errorf("%q gives %q", agent, got)
		}
	})
}
