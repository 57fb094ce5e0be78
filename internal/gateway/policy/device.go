package policy

import (
	"slices"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/identity"
)

// The types of devices. Pomerium has these two, and those of its console.
const (
	DeviceAny     = "any"
	DeviceEnclave = "enclave_only" // the key is in hardware of the device, and cannot leave it
)

// DeviceTypes are the types of devices.
var DeviceTypes = []string{DeviceAny, DeviceEnclave}

// device matches the devices that the person has proven to have at hand.
//
// Pomerium: {approved: false} is true of a person without any device. Here it is not:
// the criterion is true only if there is a device.
var device = kind{
	name:  "device",
	class: ofIdentity,
	parse: parseDevice,
}

// deviceCondition has tests that must all be true of one device.
type deviceCondition struct {
	kind     string // the type; never empty
	id       string // "": not tested
	approved *bool  // nil: not tested
}

var deviceKeys = []string{"is", "approved", "type"}

func parseDevice(p *parser, path, _ string, data any) condition {
	before := len(p.faults)
	c := &deviceCondition{kind: DeviceAny}
	for _, e := range p.object(path, data, "an object with "+oneOf(deviceKeys)) {
		at := path + "." + e.written
		switch e.key {
		case "is":
			c.id = p.word(at, e.value, "the id of a device, as gatehouse device list shows it")
		case "type":
			if c.kind = p.word(at, e.value, oneOf(DeviceTypes)); c.kind != "" && !slices.Contains(DeviceTypes, c.kind) {
				p.expected(at, e.value, oneOf(DeviceTypes), settings.Suggest(c.kind, DeviceTypes))
			}
			if c.kind == DeviceEnclave {
				p.warn(at, "no device has this type: its key would have to be proven to be in hardware, which this gateway cannot verify, so that it enrols none")
			}
		case "approved":
			value, ok := e.value.(bool)
			if c.approved = &value; !ok {
				p.expected(at, e.value, "true or false", "")
			}
		default:
			p.fault(at, settings.Suggest(e.key, deviceKeys), "unknown key %q; expected %s", clip(e.written), oneOf(deviceKeys))
		}
	}
	if len(p.faults) > before {
		return nil
	}
	return c
}

// word reads a text that is not empty.
func (p *parser) word(path string, data any, expected string) string {
	text, _ := data.(string)
	if text == "" {
		p.expected(path, data, expected, "")
	}
	return text
}

func (c *deviceCondition) holds(r *Request) bool {
	return slices.ContainsFunc(r.Devices, func(d identity.Device) bool {
		return d.Type == c.kind && (c.id == "" || d.ID == c.id) && (c.approved == nil || d.Approved == *c.approved)
	})
}

// hasType reports whether any device of the type was proven.
func (c *deviceCondition) hasType(r *Request) bool {
	return slices.ContainsFunc(r.Devices, func(d identity.Device) bool { return d.Type == c.kind })
}

// reason tells a person who has proven no device of the type from one whose device
// does not match.
func (c *deviceCondition) reason(r *Request, ok bool) Reasons {
	switch {
	case ok:
		return ReasonDeviceOK
	case !c.hasType(r):
		return ReasonDeviceUnauthenticated
	}
	return ReasonDeviceUnauthorized
}

func (c *deviceCondition) say(r *Request, not, full bool) string {
	if not {
		return "you must not use a device " + c.what(full)
	}
	text := "you must prove that you use a device " + c.what(full)
	if !c.hasType(r) {
		return text
	}
	ids := make([]string, 0, len(r.Devices))
	for _, d := range r.Devices {
		ids = append(ids, d.ID)
	}
	return text + "; yours is " + having(ids)
}

func (c *deviceCondition) fact() string { return "who use a device " + c.what(true) }

// what describes the device.
func (c *deviceCondition) what(full bool) string {
	text := "that is enrolled"
	if c.kind == DeviceEnclave {
		text += " with a key in its hardware"
	}
	if c.approved != nil && *c.approved {
		text += ", and that an administrator has approved"
	} else if c.approved != nil {
		text += ", and that no administrator has approved"
	}
	if c.id != "" && full {
		text += ", with the id " + quote(c.id)
	} else if c.id != "" {
		text += ", and that this rule names"
	}
	return text
}

// AsksDevice reports whether any criterion asks for a device.
func (p *Policy) AsksDevice() bool {
	return p != nil && (p.allow.asksDevice() || p.deny.asksDevice())
}

func (s side) asksDevice() bool {
	return slices.ContainsFunc(s, func(b branch) bool { return asksDevice(b.node) })
}

func asksDevice(n node) bool {
	if l, ok := n.(*leaf); ok {
		return l.kind == &device
	}
	return slices.ContainsFunc(children(n), asksDevice)
}

// children returns the nodes below one.
func children(n node) []node {
	switch n := n.(type) {
	case negation:
		return []node{n.of}
	case allOf:
		return n
	case anyOf:
		return n
	}
	return nil
}

// DeviceType returns the type of the device that the person is to prove, or "" if the
// outcome is another than ProveDevice.
func (d Decision) DeviceType() string {
	if d.Outcome != ProveDevice {
		return ""
	}
	for _, s := range []side{d.policy.allow, d.policy.deny} {
		for _, b := range s {
			if found := unprovenDevice(b.node, d.request); found != "" {
				return found
			}
		}
	}
	return ""
}

// unprovenDevice returns the type of the first device below a node that was not proven.
func unprovenDevice(n node, r *Request) string {
	if l, ok := n.(*leaf); ok && l.kind == &device && l.eval(r).why.Has(ReasonDeviceUnauthenticated) {
		return l.cond.(*deviceCondition).kind
	}
	for _, child := range children(n) {
		if found := unprovenDevice(child, r); found != "" {
			return found
		}
	}
	return ""
}
