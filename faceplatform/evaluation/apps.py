from django.apps import AppConfig


class EvaluationConfig(AppConfig):
    name = "faceplatform.evaluation"
    label = "evaluation"
