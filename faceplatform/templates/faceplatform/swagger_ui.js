"use strict";

SwaggerUIBundle({
  url: "{{ schema_url|escapejs }}",
  dom_id: "#swagger-ui",
  presets: [SwaggerUIBundle.presets.apis],
  plugins: [AuthorizationOfTab, EmptyFieldsLeftOut, PathsAsText, FieldsNamed],
  layout: "BaseLayout",
  ...{{ settings|safe }},
});
