package policy_test

import (
	"testing"

	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/identity"
)

// with is alice with some devices.
func with(devices ...identity.Device) policy.Request {
	r := signedIn()
	r.Devices = devices
	return r
}

var (
	laptopKey   = identity.Device{ID: "l1", Type: "any"}
	approvedKey = identity.Device{ID: "a1", Type: "any", Approved: true}
	enclaveKey  = identity.Device{ID: "e1", Type: "enclave_only", Approved: true}
)

func TestDevice(t *testing.T) {
	const ok, none, wrong = "device-ok", "device-unauthenticated", "device-unauthorized"
	checkCriterion(t, "device", []criterionCase{
		{`{}`, with(laptopKey), true, ok},
		{`{}`, with(), false, none},
		{`{}`, with(enclaveKey), false, none},
		{`{type: any}`, with(laptopKey), true, ok},
		{`{type: enclave_only}`, with(laptopKey), false, none},
		{`{type: enclave_only}`, with(laptopKey, enclaveKey), true, ok},
		{`{is: l1}`, with(laptopKey), true, ok},
		{`{is: l1}`, with(approvedKey), false, wrong},
		{`{is: l1}`, with(approvedKey, laptopKey), true, ok},
		{`{is: l1}`, with(), false, none},
		{`{is: e1}`, with(enclaveKey), false, none},
		{`{approved: true}`, with(laptopKey), false, wrong},
		{`{approved: true}`, with(approvedKey), true, ok},
		{`{approved: true, is: l1}`, with(approvedKey, laptopKey), false, wrong},
		{`{approved: false}`, with(laptopKey), true, ok},
		{`{approved: false}`, with(approvedKey), false, wrong},
		{`{approved: false}`, with(), false, none}, // Pomerium: true
		{`{approved: true, type: enclave_only}`, with(enclaveKey, laptopKey), true, ok},
		{`{}`, visitor(), false, "user-unauthenticated"},
		{`{approved: false}`, visitor(), false, "user-unauthenticated"},
	})
	checkRefused(t, "device", map[string]string{
		`true`: "an object with", `{aproved: true}`: "approved", `{approved: "yes"}`: "true or false", `{type: phone}`: "any or enclave_only",
		`{type: ""}`: "any or enclave_only", `{is: 7}`: "the id of a device", `{is: ""}`: "the id of a device",
	})
}

func TestAPersonWithoutADeviceIsSentToProveOne(t *testing.T) {
	tests := []struct {
		ppl  string
		r    policy.Request
		want policy.Outcome
		kind string
	}{
		{`allow: {and: [{domain: example.com}, {device: {}}]}`, with(), policy.ProveDevice, "any"},
		{`allow: {and: [{domain: example.com}, {device: {type: enclave_only}}]}`, with(laptopKey), policy.ProveDevice, "enclave_only"},
		{`allow: {and: [{domain: example.com}, {device: {}}]}`, with(laptopKey), policy.Allow, ""},
		{`allow: {and: [{domain: example.com}, {device: {}}]}`, visitor(), policy.SignIn, ""},
		{`allow: {and: [{domain: example.com}, {device: {approved: true}}]}`, with(laptopKey), policy.Deny, ""},
		{`allow: {or: [{domain: example.com}, {device: {}}]}`, with(), policy.Allow, ""},
		{`{allow: {or: [{domain: example.com}]}, deny: {not: [{device: {approved: true, type: enclave_only}}]}}`, with(), policy.ProveDevice, "enclave_only"},
		{`{allow: {or: [{domain: example.com}]}, deny: {not: [{device: {approved: true}}]}}`, with(laptopKey), policy.Deny, ""},
		{`{allow: {or: [{domain: example.com}]}, deny: {not: [{device: {approved: true}}]}}`, with(approvedKey), policy.Allow, ""},
		{`{allow: {or: [{domain: example.com}]}, deny: {or: [{device: {is: l1}}]}}`, with(laptopKey), policy.Deny, ""},
		// Whoever must not use the device has to show which one it is. Pomerium too.
		{`{allow: {or: [{domain: example.com}]}, deny: {or: [{device: {is: l1}}]}}`, with(), policy.ProveDevice, "any"},
	}
	for _, tt := range tests {
		d := compile(t, tt.ppl).Decide(&tt.r)
		if d.Outcome != tt.want || d.DeviceType() != tt.kind {
			t.Errorf("%s: %v for the type %q, want %v for %q", tt.ppl, d.Outcome, d.DeviceType(), tt.want, tt.kind)
		}
	}
}

func TestDevicesThatNobodyCanEnrolAreWarnedOf(t *testing.T) {
	checkSays(t, compile(t, `allow: {and: [{device: {type: enclave_only}}]}`).Warnings(), "no device has this type")
	for _, w := range compile(t, `allow: {and: [{device: {type: any}}]}`).Warnings() {
		t.Errorf("warns of a device of any kind: %s", w)
	}
}

func TestWhatIsSaidOfDevices(t *testing.T) {
	p := compile(t, `allow: {and: [{device: {approved: true, is: secret-id}}]}`)
	none, wrong := with(), with(laptopKey)
	checkSays(t, p.Decide(&none).Explain(), "you must prove that you use a device that is enrolled, and that an administrator has approved, and that this rule names")
	checkSays(t, p.Decide(&wrong).Explain(), "yours is l1")
	checkSays(t, p.Decide(&wrong).Detail(), "with the id secret-id")
	checkSays(t, p.Entrants().Allowed, "people who use a device that is enrolled")
}
