{# Whether a subject is built: everyone, except in the dev target, which builds the share
   `dev_subject_ratio`. The first eight hexadecimal digits of an MD5 are compared as text, so that
   every engine draws the same subjects, and a larger ratio only adds to them. #}
{% macro in_dev_sample(subject_column) -%}
    {%- if target.name == "dev" and var("dev_subject_ratio") < 1 -%}
        substr(md5({{ subject_column }}), 1, 8)
        < '{{ "%08x" % (var("dev_subject_ratio") * 16 ** 8) | int }}'
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}
