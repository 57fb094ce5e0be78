package policy_test

import (
	"net/netip"
	"testing"

	"gatehouse/internal/gateway/policy"
)

func TestSourceIP(t *testing.T) {
	from := func(addr string) policy.Request {
		return policy.Request{SourceIP: netip.MustParseAddr(addr)}
	}
	checkCriterion(t, "source_ip", []criterionCase{
		{`10.0.0.1`, from("10.0.0.1"), true, "source-ip-ok"},
		{`10.0.0.1`, from("10.0.0.2"), false, "source-ip-unauthorized"},
		{`10.0.0.0/8`, from("10.9.8.7"), true, "source-ip-ok"},
		{`10.1.2.3/8`, from("10.9.8.7"), true, "source-ip-ok"},
		{`10.0.0.0/8`, from("::ffff:10.9.8.7"), true, "source-ip-ok"},
		{`"::ffff:10.0.0.0/104"`, from("10.9.8.7"), true, "source-ip-ok"},
		{`"::ffff:10.0.0.1"`, from("10.0.0.1"), true, "source-ip-ok"},
		{`"fd00::/8"`, from("fd00::1"), true, "source-ip-ok"},
		{`"fe80::/10"`, from("fe80::1%eth0"), true, "source-ip-ok"},
		{`0.0.0.0/0`, from("2001:db8::1"), false, "source-ip-unauthorized"},
		{`"::/0"`, from("10.0.0.1"), false, "source-ip-unauthorized"},
		{`[192.168.0.0/16, 10.0.0.0/8]`, from("10.9.8.7"), true, "source-ip-ok"},
		{`0.0.0.0/0`, visitor(), false, "source-ip-unauthorized"}, // address unknown
	})
}

func TestSourceIPRefuses(t *testing.T) {
	checkRefused(t, "source_ip", map[string]string{
		`10.0.0`:          `found the text "10.0.0"`,
		`10.0.0.0/33`:     "expected an IP address or a network",
		`example.com`:     "expected an IP address or a network",
		`[]`:              "found an empty list",
		`{in: [1.2.3.4]}`: "found an object",
		`[10.0.0.1, 7]`:   "found the number 7",
		`"::ffff:0:0/80"`: "expected an IP address or a network",
	})
}
