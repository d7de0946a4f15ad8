package dev.rill.local.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class SchemaInstanceTest {

    private static final ObjectMapper JSON = new JsonMapper();
    private static final SchemaRegistry REGISTRY =
            SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{'type':'object'}",
                "{'type':'object','properties':{'a':{'type':'string'},'b':{'type':'boolean'},'c':{'type':'null'}},'required':['a','b','c'],'additionalProperties':false}",
                "{'type':'object','required':['x','y'],'additionalProperties':{'type':'integer'}}",
                "{'type':'object','minProperties':3,'additionalProperties':{'type':'integer'}}",
                "{'properties':{'a':{'enum':['x','y']},'b':{'const':{'deep':[1]}}},'required':['a','b']}",
                "{'type':'array','items':{'type':'string'},'minItems':3,'maxItems':4,'uniqueItems':true}",
                "{'type':'array','items':{'enum':[1,2,3]},'minItems':3,'uniqueItems':true}",
                "{'type':'array','prefixItems':[{'type':'integer'},{'type':'string'}],'items':false}",
                "{'type':'array','items':{'type':'integer'},'maxItems':0}",
                "{'type':'integer','minimum':7}",
                "{'type':'integer','maximum':-7}",
                "{'type':'integer','exclusiveMinimum':7,'exclusiveMaximum':9}",
                "{'type':'integer','minimum':10,'multipleOf':7}",
                "{'type':'number','exclusiveMinimum':0,'exclusiveMaximum':1}",
                "{'type':'number','minimum':0.5,'multipleOf':0.1}",
                "{'type':'array','items':{'type':'number','multipleOf':0.1},'minItems':9,'uniqueItems':true}",
                "{'type':'integer','minimum':-1e300}",
                "{'type':'string','minLength':200}",
                "{'type':'string','maxLength':3}",
                "{'type':'string','maxLength':0}",
                "{'type':'string','pattern':'^[A-Z]{2}-[0-9]{3}$'}",
                "{'type':'string','pattern':'^@?[a-zA-Z0-9_]+$'}",
                "{'type':'string','format':'date-time'}",
                "{'type':'string','format':'date'}",
                "{'type':'string','format':'time'}",
                "{'type':'string','format':'duration'}",
                "{'type':'string','format':'email'}",
                "{'type':'string','format':'hostname'}",
                "{'type':'string','format':'ipv4'}",
                "{'type':'string','format':'ipv6'}",
                "{'type':'string','format':'uuid'}",
                "{'type':'array','items':{'type':'string','format':'uuid'},'minItems':5,'uniqueItems':true}",
                "{'type':['string','null']}",
                "{'type':['null','integer'],'minimum':3}",
                "{'anyOf':[{'type':'string','minLength':9,'maxLength':3},{'type':'integer'}]}",
                "{'type':'object','properties':{'a':{'type':'string'},'b':{'type':'string'}},'anyOf':[{'required':['b']},{'required':['a']}]}",
                "{'oneOf':[{'$ref':'#/$defs/cat'},{'$ref':'#/$defs/dog'}],'$defs':{'cat':{'type':'object','properties':{'meow':{'const':true}},'required':['meow'],'additionalProperties':false},'dog':{'type':'object','properties':{'bark':{'const':true}},'required':['bark'],'additionalProperties':false}}}",
                "{'allOf':[{'$ref':'#/$defs/named'},{'properties':{'age':{'type':'integer'}},'required':['age']}],'$defs':{'named':{'type':'object','properties':{'name':{'type':'string'}},'required':['name']}}}",
                "{'type':'object','properties':{'a/b':{'$ref':'#/$defs/x~1y'}},'required':['a/b'],'$defs':{'x/y':{'type':'integer'}}}",
                "{'type':'object','properties':{'value':{'type':'integer'},'next':{'anyOf':[{'$ref':'#'},{'type':'null'}]}},'required':['value','next'],'additionalProperties':false}",
                "{'type':'object','properties':{'children':{'type':'array','items':{'$ref':'#'}}},'required':['children'],'additionalProperties':false}",
                "{'type':'object','properties':{'child':{'$ref':'#'}}}",
                "{'type':'object','properties':{'left':{'type':['object','null'],'properties':{'x':{'type':'integer'}},'required':['x']},'odd':{'type':'string','minLength':5,'maxLength':2}},'required':['left']}"
            })
    void instanceIsValid(String schema) throws Exception {
        var given = schema.replace('\'', '"');
        var instance = SchemaInstance.of(JSON.readTree(given), "How do rivers form? Grüße 👋");
        var errors = REGISTRY.getSchema(given)
                .validate(
                        instance.toString(),
                        InputFormat.JSON,
                        context -> context.executionConfig(config -> config.formatAssertionsEnabled(true)));

        assertThat(errors).as(instance.toString()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "false",
                "{'$ref':'#'}",
                "{'$ref':'https://example.org/schema'}",
                "{'$ref':'#/$defs/none'}",
                "{'type':'object','properties':{'next':{'$ref':'#'}},'required':['next']}",
                "{'allOf':[{'$ref':'#'}]}",
                "{'anyOf':[{'$ref':'#'},{'$ref':'#'}]}",
                "{'type':'array','minItems':5000}",
                "{'type':'array','items':{'type':'boolean'},'minItems':3,'uniqueItems':true}",
                "{'type':'array','items':{'type':'string','minLength':9000},'minItems':100}",
                "{'type':'array','items':{'type':'array','items':{'type':'array','items':{},'minItems':90},'minItems':90},'minItems':90}",
                "{'type':'string','minLength':2000000000}",
                "{'type':'string','minLength':3,'maxLength':2}",
                "{'type':'string','pattern':'^(a'}",
                "{'type':'string','pattern':'^a text that was never given$'}",
                "{'type':'integer','minimum':5,'maximum':4}",
                "{'type':'number','minimum':1e999999999}",
                "{'type':'number','multipleOf':0,'minimum':1}",
                "{'type':'gadget'}",
                "{'type':'object','required':['a'],'additionalProperties':false}"
            })
    void schemaWithoutInstanceEndsSoon(String schema) throws Exception {
        var given = JSON.readTree(schema.replace('\'', '"'));

        assertThatExceptionOfType(NoInstanceException.class).isThrownBy(() -> SchemaInstance.of(given, "words"));
    }

    @Test
    void wideSchemaEndsSoon() throws Exception {
        var definitions = IntStream.range(0, 20)
                .mapToObj(level -> "\"l" + level + "\":{\"type\":\"object\",\"properties\":{"
                        + IntStream.range(0, 20)
                                .mapToObj(name -> "\"p" + name + "\":{\"$ref\":\"#/$defs/l" + (level + 1) + "\"}")
                                .collect(Collectors.joining(","))
                        + "}}")
                .collect(Collectors.joining(","));
        JsonNode schema = JSON.readTree("{\"$ref\":\"#/$defs/l0\",\"$defs\":{" + definitions + ",\"l20\":{}}}");

        assertThat(SchemaInstance.of(schema, "words").toString().length()).isLessThan(200_000);
    }
}
