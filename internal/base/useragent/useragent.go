// Package useragent tells which browser a User-Agent header names, in words by which
// people recognise their own devices. Nothing proves that the header is true, so no
// decision may rest on it.
package useragent

import (
	"cmp"
	"strings"
)

// maxLength is how much of a header is read.
const maxLength = 512

// Device returns what a person can recognise a program by, such as
// "Firefox 128 / Windows 10". It returns "unknown" for a program that is not a
// browser.
func Device(header string) string {
	browser, system := Program(header)
	if browser == "" && system == "" {
		return "unknown"
	}
	return cmp.Or(browser, "unknown") + " / " + cmp.Or(system, "unknown")
}

// Program returns the browser and the operating system, with their versions, such as
// "Firefox 128" and "Windows 10". Each is "" if the header does not tell it.
func Program(header string) (browser, system string) {
	agent := header[:min(len(header), maxLength)]
	return browserOf(agent), systemOf(agent)
}

// mark is a text in a user agent, followed by a version, and what it stands for.
type mark struct{ text, name string }

// browsers are in the order in which they are looked for: a browser also names
// those that it wants to be taken for, such as Edge names Chrome and Safari.
var browsers = []mark{
	{"Edg/", "Edge"}, {"EdgA/", "Edge"}, {"EdgiOS/", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"},
	{"FxiOS/", "Firefox"}, {"Firefox/", "Firefox"}, {"CriOS/", "Chrome"}, {"HeadlessChrome/", "Chrome"}, {"Chrome/", "Chrome"},
}

func browserOf(agent string) string {
	for _, m := range browsers {
		if version, ok := versionAfter(agent, m.text); ok {
			return named(m.name, major(version))
		}
	}
	if version, ok := versionAfter(agent, "Version/"); ok && strings.Contains(agent, " Safari/") {
		return named("Safari", major(version))
	}
	return ""
}

// systems are in the order in which they are looked for: Android names Linux, and
// an iPhone names Mac OS X.
var systems = []mark{
	{"Windows NT ", "Windows"}, {"Android ", "Android"}, {"iPhone OS ", "iOS"}, {"CPU OS ", "iOS"}, {"Mac OS X ", "macOS"}, {"CrOS ", "Chrome OS"}, {"Linux", "Linux"},
}

// windows has the names that people know for the versions that Windows says.
var windows = map[string]string{"10.0": "10", "6.3": "8.1", "6.2": "8", "6.1": "7"}

func systemOf(agent string) string {
	for _, m := range systems {
		version, ok := versionAfter(agent, m.text)
		if !ok {
			continue
		}
		if m.name == "Windows" {
			version = cmp.Or(windows[version], version)
		}
		return named(m.name, version)
	}
	return ""
}

// versionAfter returns the version that follows text, with dots between its
// numbers. ok is false if agent does not have text.
func versionAfter(agent, text string) (version string, ok bool) {
	_, rest, ok := strings.Cut(agent, text)
	end := strings.IndexFunc(rest, func(c rune) bool { return (c < '0' || c > '9') && c != '.' && c != '_' })
	if end >= 0 {
		rest = rest[:end]
	}
	return strings.Trim(strings.ReplaceAll(rest, "_", "."), "."), ok
}

func major(version string) string {
	number, _, _ := strings.Cut(version, ".")
	return number
}

func named(name, version string) string { return strings.TrimSuffix(name+" "+version, " ") }
