package proxy

import (
	"gatehouse/internal/base/page"
	"gatehouse/internal/gateway/device"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/identity"
	"gatehouse/internal/passkey"
)

// devicePage is where a person proves a device, or enrols one.
type devicePage struct {
	frame
	visit   *deviceVisit  // nil: nobody is signed in
	offer   *device.Offer // nil: nobody is signed in
	another string        // where another device is enrolled
	failure error         // why the last try did not succeed
}

func (p devicePage) doc() page.Doc {
	if p.visit == nil {
		return p.frame.doc("Your device")
	}
	d := p.frame.doc("Prove your device")
	d.Script = passkey.Script
	if p.failure != nil {
		d.Body = append(d.Body, page.Alert{Kind: page.Danger, Text: answerOf(p.failure).text})
	}
	switch {
	case p.offer.Request != "" && !p.visit.enrols():
		d.Body = append(d.Body,
			page.Text("This application opens on a device that you have enrolled. Your browser asks for your finger, face, PIN or security key."),
			p.form("Prove this device", p.offer.Request, ""))
		if p.offer.Create != "" {
			d.Body = append(d.Body, page.LinkButton{Label: "Enrol another device", Href: p.another})
		}
	case p.offer.Create != "":
		d.Heading = "Enrol this device"
		d.Body = append(d.Body,
			page.Text("This application opens on a device that you have enrolled. Enrol the one that you use now: your browser asks for your finger, face, PIN or security key."),
			p.form("Enrol this device", p.offer.Create, "new"))
		if p.visit.link == "" {
			d.Body = append(d.Body, page.Text("Some applications also ask that an administrator approves the device. Tell them its id, which the page “Your identity” shows."))
		}
	case p.failure == nil:
		d.Body = append(d.Body, page.Alert{Kind: page.Warning, Text: p.closed()})
	}
	return d
}

// closed says why no device can be enrolled.
func (p devicePage) closed() string {
	if p.visit.kind == policy.DeviceEnclave {
		return device.ErrEnclave.Message
	}
	return device.ErrTooMany.Message
}

func (p devicePage) form(label, options, which string) page.Form {
	return page.Form{
		Name: passkey.FormName, // its answer goes to the page's own address
		Hidden: []page.Hidden{
			{Name: csrfField, Value: p.csrf}, {Name: fieldState, Value: p.offer.State}, {Name: fieldDevice, Value: which},
			{Name: passkey.FieldOptions, Value: options}, {Name: passkey.FieldCredential}, {Name: passkey.FieldFailure},
		},
		Body: page.Blocks{page.Button{Label: label, Kind: page.Primary}},
	}
}

// enrolled shows the devices of the person, or nil if nobody asks for devices.
func (p identityPage) enrolled() page.Block {
	if !p.withDevices {
		return nil
	}
	section := page.Section{ID: "devices", Heading: "Your devices", Lead: "Some applications open only on a device that you have enrolled. If you remove one, you are signed out where it was proven."}
	if len(p.devices) > 0 {
		t := page.Table{Caption: "Your devices", Head: []string{"Device", "Id", "Enrolled", "Last proven", "", ""}}
		for _, d := range p.devices {
			t.Rows = append(t.Rows, []page.Cell{
				{Text: d.Name()}, {Text: d.ID}, {Text: timeText(d.Created)}, {Text: timeText(d.Seen)}, p.stateOf(d), {Block: p.removal(d.ID)},
			})
		}
		section.Body = append(section.Body, t)
	}
	section.Body = append(section.Body, page.LinkButton{Label: "Enrol a device", Href: PathDevice + "?" + paramNewDevice + "=true"})
	return section
}

// stateOf says whether a device is approved, and proven in this session.
func (p identityPage) stateOf(d *device.Device) page.Cell {
	for _, proven := range p.Session.Devices {
		if proven.ID == d.ID {
			return page.Cell{Text: approval(d) + "proven here", Badge: page.Success}
		}
	}
	if !d.Approved.IsZero() {
		return page.Cell{Text: "approved", Badge: page.Success}
	}
	return page.Cell{}
}

func approval(d *device.Device) string {
	if d.Approved.IsZero() {
		return ""
	}
	return "approved, "
}

func (p identityPage) removal(id string) page.Form {
	return page.Form{
		Action: pathDevices, Inline: true,
		Hidden: []page.Hidden{{Name: csrfField, Value: p.csrf}, {Name: fieldDevice, Value: id}},
		Body:   page.Blocks{page.Button{Label: "Remove"}},
	}
}

// someDevices are devices for the gallery.
func someDevices() ([]*device.Device, []identity.Device) {
	at := galleryTime
	laptop := &device.Device{ID: "k3vq7t5zc2mh4d6xwnbpyra9fj", Type: policy.DeviceAny, Key: passkey.Key{AAGUID: []byte("\x08\x98\x70\x58\xca\xdc\x4b\x81\xb6\xe1\x30\xde\x50\xdc\xbe\x96")}, About: "Edge 128 / Windows", Created: at, Seen: at.AddDate(0, 0, 7), Approved: at}
	stick := &device.Device{ID: "b7w2n5x9c4t6y8q3m1z0k5v7ph", Type: policy.DeviceAny, Key: passkey.Key{Attachment: "cross-platform"}, About: "Firefox 128 / Linux", Created: at, Seen: at}
	return []*device.Device{laptop, stick}, []identity.Device{{ID: laptop.ID, Type: laptop.Type, Approved: true}}
}
