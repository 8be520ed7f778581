"use strict";

SwaggerUIBundle({
  url: "{{ schema_url|escapejs }}",
  dom_id: "#swagger-ui",
  presets: [SwaggerUIBundle.presets.apis],
  plugins: [AuthorizationOfTab, EmptyFieldsLeftOut],
  layout: "BaseLayout",
  ...{{ settings|safe }},
});
