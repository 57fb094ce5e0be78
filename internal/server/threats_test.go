package server

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/internal/config"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/testing/mmdb"
)

func TestFilesOfThreatProtection(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	ours, theirs := file("ours.txt", []byte("Blue-Horse-1\n")), file("theirs.txt", []byte("5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:3\nRed-Horse-2\n"))
	places := file("places.mmdb", mmdb.File(map[string]mmdb.Place{"192.0.2.0/24": {City: "Cologne", Latitude: 50.94, Longitude: 6.96}}))
	var c risk.Config
	if err := readThreats(&c, &config.ThreatProtection{CompromisedPasswords: []string{ours, theirs}, GeoIP: places}); err != nil {
		t.Fatal(err)
	}
	if all := c.Compromised(); !all.Has("Blue-Horse-1") || !all.Has("Red-Horse-2") || !all.Has("Password123!") || all.Has("Right-Horse-7") {
		t.Error("the passwords are not those of the files and of the built-in list")
	}
	if p, known := c.Locate(netip.MustParseAddr("192.0.2.7")); !known || p.City != "Cologne" {
		t.Errorf("192.0.2.7 is at %+v, %v", p, known)
	}
	none := risk.Config{}
	if err := readThreats(&none, nil); err != nil || none.Compromised != nil || none.Locate != nil {
		t.Errorf("without files: %v, %v", none, err)
	}
	for want, wrong := range map[string]config.ThreatProtection{
		"directory.threat_protection.compromised_passwords[1]: " + dir + "/missing": {CompromisedPasswords: []string{ours, dir + "/missing"}},
		"directory.threat_protection.compromised_passwords[0]: " + places:           {CompromisedPasswords: []string{places}},
		"directory.threat_protection.geoip_file: open " + dir + "/missing":          {GeoIP: dir + "/missing"},
		"directory.threat_protection.geoip_file: " + ours:                           {GeoIP: ours},
	} {
		if err := readThreats(&risk.Config{}, &wrong); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}
