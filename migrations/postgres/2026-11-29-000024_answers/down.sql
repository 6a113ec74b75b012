DROP TABLE public_answer;
