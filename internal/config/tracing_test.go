package config_test

import (
	"testing"

	"gatehouse/internal/base/seal"
)

func TestWhereSpansGo(t *testing.T) {
	tests := []struct {
		name, yaml         string
		env                []string
		endpoint, protocol string
	}{
		{"nothing said", "", nil, "", ""},
		{"HTTP", "otel_exporter_otlp_endpoint: http://collector:4318\n", nil, "http://collector:4318/v1/traces", "http/protobuf"},
		{"HTTP below a path", "otel_exporter_otlp_endpoint: https://collector.example.com/otlp/\n", nil, "https://collector.example.com/otlp/v1/traces", "http/protobuf"},
		{"the port of gRPC", "otel_exporter_otlp_endpoint: http://collector:4317\n", nil, "http://collector:4317/v1/traces", "grpc"},
		{"the protocol wins over the port", "otel_exporter_otlp_endpoint: http://collector:4317\notel_exporter_otlp_protocol: http/protobuf\n", nil, "http://collector:4317/v1/traces", "http/protobuf"},
		{"gRPC elsewhere", "otel_exporter_otlp_endpoint: http://collector:9\notel_exporter_otlp_protocol: http/protobuf\notel_exporter_otlp_traces_protocol: grpc\n", nil, "http://collector:9/v1/traces", "grpc"},
		{"spans alone", "otel_exporter_otlp_endpoint: http://collector:4318\notel_exporter_otlp_traces_endpoint: http://spans:4318/in\n", nil, "http://spans:4318/in", "http/protobuf"},
		{"gRPC by a variable, as at Pomerium", "", []string{"OTEL_TRACES_EXPORTER=otlp", "OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4317", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc"}, "http://collector:4317/v1/traces", "grpc"},
		{"a variable wins", "otel_exporter_otlp_endpoint: http://collector:4318\n", []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://other:4318"}, "http://other:4318/v1/traces", "http/protobuf"},
		{"JSON is not spoken", "otel_exporter_otlp_endpoint: http://collector:4318\notel_exporter_otlp_protocol: http/json\n", nil, "http://collector:4318/v1/traces", "http/protobuf"},
	}
	for _, tt := range tests {
		c := load(t, tt.yaml+logRoute, tt.env...)
		got := ""
		if u := c.TracesEndpoint(); u != nil {
			got = u.String()
		}
		equal(t, tt.name+": the endpoint", got, tt.endpoint)
		equal(t, tt.name+": the protocol", c.TracesProtocol(), tt.protocol)
		equal(t, tt.name+": warnings", c.Warnings, nil)
	}
}

func TestWhatTheCollectorIsTold(t *testing.T) {
	c := load(t, "otel_exporter_otlp_headers: [a=1]\notel_exporter_otlp_traces_headers: 'Authorization=Bearer%20x=, X-Org = 7'\notel_resource_attributes: [team=platform, 'region=eu%2C1']\n"+
		"otel_exporter_otlp_timeout: 1\notel_exporter_otlp_traces_timeout: 2\notel_traces_sampler_arg: 0.25\n")
	equal(t, "headers", c.TracesHeaders(), map[string]seal.Secret{"Authorization": "Bearer x=", "X-Org": "7"})
	equal(t, "attributes", c.Attributes(), [][2]string{{"team", "platform"}, {"region", "eu,1"}})
	equal(t, "timeout", *c.TracesTimeout(), 2)
	equal(t, "ratio", *c.SampleRatio(), 0.25)
}

func TestWrongKeysOfTraces(t *testing.T) {
	checkAll(t, []wrong{
		{"values", "otel_traces_exporter: zipkin\notel_exporter_otlp_endpoint: collector:4317\notel_exporter_otlp_protocol: grcp\notel_traces_sampler_arg: 2\notel_bsp_schedule_delay: 0\n", nil, `
otel_traces_exporter: "zipkin" is not one of otlp, none (config.yaml:1)
otel_exporter_otlp_endpoint: "collector:4317" is not a URL (config.yaml:2); did you mean "http://collector:4317"?
otel_exporter_otlp_protocol: "grcp" is not one of grpc, http/protobuf (config.yaml:3); did you mean "grpc"?
otel_traces_sampler_arg: "2" is not a number from 0 to 1 (config.yaml:4)
otel_bsp_schedule_delay: "0" is not a whole number from 1 (config.yaml:5)`},
		{"more values", "otel_traces_sampler_arg: 2\notel_bsp_schedule_delay: 0\notel_exporter_otlp_headers: secret\notel_exporter_otlp_traces_headers: 'Host=a'\notel_resource_attributes: [team]\n", nil, `
otel_traces_sampler_arg: "2" is not a number from 0 to 1 (config.yaml:1)
otel_bsp_schedule_delay: "0" is not a whole number from 1 (config.yaml:2)
otel_exporter_otlp_headers: the value is not name=value, with commas between them (config.yaml:3); write the value percent-encoded: Bearer%20abc
otel_exporter_otlp_traces_headers: the value is not name=value, with commas between them (config.yaml:4); write the value percent-encoded: Bearer%20abc
otel_resource_attributes: "team" is not name=value, with commas between them (config.yaml:5)`},
	})
}
